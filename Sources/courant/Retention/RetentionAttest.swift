import ArgumentParser
import CourantAPI
import Foundation

struct RetentionAttest: OutputCommand {
    static let configuration = CommandConfiguration(
        commandName: "attest",
        abstract: "Print a signed statement of how old the oldest record of each list and class is.",
        discussion: """
            The statement goes to standard output, its last line the signature (Ed25519) of those before. Exit 2 where
            anything has outlived its rule.

            EXAMPLE:
              courant retention attest --public-key key.pem > statement.txt

            To verify it anywhere, without Courant:
              sed '$d' statement.txt > message
              sed -n '$s/^Signature: //p' statement.txt | tr -- '-_' '+/' | sed 's/$/==/' | base64 -d > signature
              openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in message -sigfile signature
            """)

    @Option(name: .long, help: ArgumentHelp("Also write the public key there, as PEM.", valueName: "file"))
    var publicKey: String?

    @OptionGroup var output: Output

    func run() async throws {
        let attestation = try await APIClient.current().attest()
        if let publicKey {
            do {
                try Data(attestation.publicKey.utf8).write(to: URL(filePath: publicKey))
            } catch {
                throw Failure.file("\(publicKey) cannot be written")
            }
        }
        try output.console.show(attestation, as: attestation.statement)
        guard attestation.overdue == 0 else {
            throw Failure(
                word: "overdue", title: "\(attestation.overdue.counted("record")) outlived the rule",
                next: "courant retention run; and ask whoever runs the service why it did not", exit: .guarded)
        }
    }
}
