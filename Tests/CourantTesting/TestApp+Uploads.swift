import Foundation
import Mail
package import Newsletter
import Rendering
import Wiring

/// Files of people, in parts.
extension TestApp {
    package static let evidence = "Form on example.org with double opt-in, wording in archive 2026-114"
    package static let keeper = StaffMember(
        name: "Eva", role: .privacy, createdAt: .distantPast, expiresAt: .distantFuture, lastUsed: nil)

    /// One part, where there is anything in it.
    @discardableResult package func upload(
        _ file: String, onto slug: String = "news", basis: LegalBasis = .consent,
        source: String = "our stand at the fair", evidence: String? = nil, skipsBad: Bool = false,
        announces: Bool = false, key: String = UUID().uuidString
    ) async throws -> Import {
        guard let slug = Slug(slug) else { throw TestFailure("no slug") }
        let order = ImportOrder(
            list: slug, basis: basis, source: source, elsewhere: evidence.map { ConsentElsewhere(evidence: $0) },
            skipsBad: skipsBad, announces: announces)
        let opened = try await courant.imports.open(order, by: "Eva", key: key)
        if !file.isEmpty {
            _ = try await courant.imports.take(Array(file.utf8), part: opened.parts + 1, of: opened.id, by: "Eva")
        }
        return opened
    }

    /// People who consented elsewhere, to the end.
    @discardableResult package func move(
        _ file: String, onto slug: String = "news", evidence: String = TestApp.evidence, announces: Bool = false
    ) async throws -> ImportCounts {
        let id = try await upload(file, onto: slug, evidence: evidence, announces: announces).id
        let rows = try await courant.imports.show(id).counts.rows
        _ = try await courant.imports.accept(id, expecting: rows, by: Self.keeper)
        try await courant.imports.work()
        return try await courant.imports.show(id).counts
    }
}
