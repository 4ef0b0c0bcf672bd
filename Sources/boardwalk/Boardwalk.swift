import ArgumentParser
import Hummingbird
import ServiceLifecycle

@main struct Boardwalk: AsyncParsableCommand {
    func run() async throws { print("hi") }
}
