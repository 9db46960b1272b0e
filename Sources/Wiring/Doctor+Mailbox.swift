import Fetching

/// The mailbox that reports are fetched from: signed in or not, and how many mails are in it.
extension Doctor {
    /// Nil where none is set.
    var mailbox: Finding? {
        get async {
            guard let mailbox = settings.bouncesMailbox else { return nil }
            do throws(FetchFailure) {
                let found = try await MailFetcher.check(mailbox)
                let mails = found.count == 1 ? "1 mail" : "\(found.count) mails"
                let traits = [found.isEncrypted ? "TLS verified" : "in the clear", "signed in", "\(mails) in it"]
                return Finding(
                    "mailbox", .well, "\(found.address): \((traits + found.traits).joined(separator: ", "))")
            } catch {
                return Finding("mailbox", .wrong, "\(mailbox.address): \(error.plainWords)")
            }
        }
    }
}
