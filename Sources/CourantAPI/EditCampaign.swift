package import Foundation

/// `PATCH /api/v1/campaigns/{id}`: another text for what has not begun to go out.
package struct EditCampaign: Codable, Sendable, Equatable {
    package var source: String
    /// Absent: it is called what it was.
    package var file: String?

    package init(source: String, file: String? = nil) {
        self.source = source
        self.file = file
    }
}

/// `POST /api/v1/campaigns/{id}/reschedule`
package struct Reschedule: Codable, Sendable, Equatable {
    /// Still to come.
    package var at: Date

    package init(at: Date) { self.at = at }
}

/// Names a text, so that two who have it know that it is the same.
package enum ContentName {
    /// FNV-1a, 128 bits, in hexadecimal: against accidents, not against enemies.
    package static func of(_ text: String) -> String {
        var hash: UInt128 = 0x6C62_272E_07BB_0142_62B8_2175_6295_C58D
        for byte in text.utf8 {
            hash ^= UInt128(byte)
            hash &*= 0x0000_0000_0100_0000_0000_0000_0000_013B
        }
        return String(hash, radix: 16)
    }
}
