import Foundation
import Newsletter

extension SQLTransaction {
    func insertProbe(_ id: SubscriptionID, at now: Date) throws {
        try connection.execute("INSERT INTO probe (id, made_at) VALUES (\(id.bytes), \(now))")
    }

    func keepProbe(_ id: SubscriptionID, mail: Data) throws {
        try connection.execute("UPDATE probe SET mail = \(mail) WHERE id = \(id.bytes) AND mail IS NULL")
    }

    func probe(_ id: SubscriptionID) throws -> Data? {
        try connection.first("SELECT mail FROM probe WHERE id = \(id.bytes) AND mail IS NOT NULL") { try $0.bytes(0) }
    }

    func deleteProbe(_ id: SubscriptionID) throws {
        try connection.execute("DELETE FROM probe WHERE id = \(id.bytes)")
    }

    func hasProbes(madeOutside living: ClosedRange<Date>) throws -> Bool {
        try connection.count(
            "SELECT COUNT(*) FROM probe WHERE made_at < \(living.lowerBound) OR made_at > \(living.upperBound)") > 0
    }

    func deleteProbes(madeOutside living: ClosedRange<Date>) throws {
        try connection.execute(
            "DELETE FROM probe WHERE made_at < \(living.lowerBound) OR made_at > \(living.upperBound)")
    }
}
