import Foundation
import SQLStore

extension Courant {
    /// Everything that this installation keeps: the keys first, without which no copy of the rest can be read, wherever it is.
    /// Interrupted, it goes on where it was when it is run again.
    package static func destroy(_ settings: Settings) throws(StartFailure) {
        guard try !settings.isServed() else { throw .store(StoreOpening.served.advice(settings)) }
        do {
            for file in [settings.keysFile, settings.keysFile + ".lock"] {
                try FileManager.default.overwriteAndDelete(file)
            }
        } catch {
            throw .keysUnwritable(settings.keysFile, because: "cannot be deleted: check its owner, and its directory's")
        }
        do throws(StoreOpening) {
            try settings.store.destroy(ledger: settings.ledger)
        } catch {
            throw error.failure(settings)
        }
    }
}
