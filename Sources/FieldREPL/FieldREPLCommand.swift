import ArgumentParser
import CReadline
@main struct FieldREPL: AsyncParsableCommand { func run() async throws { print("hi") } }
