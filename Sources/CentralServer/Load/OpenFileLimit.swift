import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many files and connections the system lets this process have open.
enum OpenFileLimit {
    /// What vaults, the catalog and the program itself need beside connections.
    static let reserve = 512

    /// Asks for more where there are too few: shells and service managers give a process 1,024 and let it ask.
    /// - Returns: How many connections there is room for, at least 1.
    static func makeRoom(forConnections connections: Int) -> Int {
        #if canImport(Glibc)
            let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let files = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return connections }
        let wanted = rlim_t(connections + connections / 4 + reserve)
        if limit.rlim_cur < wanted {
            let before = limit.rlim_cur
            limit.rlim_cur = min(wanted, limit.rlim_max)
            if setrlimit(files, &limit) != 0 { limit.rlim_cur = before }
        }
        guard limit.rlim_cur < wanted else { return connections }
        return max(1, (Int(limit.rlim_cur) - min(reserve, Int(limit.rlim_cur) / 2)) * 4 / 5)
    }
}
