import ArgumentParser
import Hummingbird
@main struct CentralServer: AsyncParsableCommand { func run() async throws { print("hi") } }
