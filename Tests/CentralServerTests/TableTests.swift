import Testing

@testable import CentralServer

@Suite("Tables and CSV lines")
struct TableTests {
    @Test("columns stand under each other whatever the letters are made of")
    func widths() {
        var table = Table([("NAME", .left), ("N", .right)])
        table.add(["Dương", "1"])
        // The same letter as one scalar and as two.
        table.add(["Zo\u{EB}", "20"])
        table.add(["Zoe\u{308}", "300"])
        table.add(["山田", "4"])
        #expect(table.text == "NAME     N\nDương    1\nZo\u{EB}     20\nZoe\u{308}    300\n山田     4\n")
    }

    @Test("what people wrote on cards cannot steer a terminal")
    func control() {
        var table = Table("A")
        table.add(["\u{1B}[2Jgone\nnew\u{202E}"])
        #expect(table.text == "A\n\u{FFFD}[2Jgone\u{FFFD}new\u{FFFD}\n")
    }

    @Test("a CSV cell is quoted when it has to be, and only then")
    func quoting() {
        #expect(
            CSVLine.text(["a b", "c,d", "say \"no\"", "x\r\ny", "\"\u{301}", ""], guardsFormulas: false)
                == "a b,\"c,d\",\"say \"\"no\"\"\",\"x\r\ny\",\"\"\"\u{301}\",\r\n")
    }

    @Test(
        "a formula is told from a number",
        arguments: [
            ("=1+1", true), ("@SUM(A1)", true), ("+1(A1)", true), ("-A1", true), ("\t=1", true), ("+16175550123", false), ("-5", false),
            ("a=b", false), ("", false),
        ])
    func formulas(_ cell: String, _ isFormula: Bool) {
        #expect(CSVLine.isFormula(cell) == isFormula)
        #expect(CSVLine.text([cell], guardsFormulas: true).hasPrefix("'") == isFormula)
        #expect(!CSVLine.text([cell], guardsFormulas: false).hasPrefix("'"))
    }
}
