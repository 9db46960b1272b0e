import Foundation
package import Mail
import Rendering

/// One line of an imported file, every field parsed.
struct ImportRow: Sendable, Redacted {
    let person: Person
    /// Nil: the list's.
    let language: Language?
    let lastContact: Date?
}

/// Why a line, or the file, cannot be taken. Says what to do, and never what stands there.
package enum ImportFault: Error, Equatable, CaseIterable {
    case form(CSVFault)
    case noHead, doubleColumn, noEmailColumn
    /// Its name, as the first line has it.
    case unknownColumn(String)
    /// Who is asked for consent is asked now.
    case contactOnConsent
    case columnCount, email(EmailAddress.Fault), emailNotASCII, name, formula, language, date, future, tooOld

    package static var allCases: [ImportFault] {
        CSVFault.allCases.map { .form($0) } + [
            .noHead, .unknownColumn("phone"), .contactOnConsent, .doubleColumn, .noEmailColumn, .columnCount,
            .email(.missing), .email(.domain), .emailNotASCII, .name, .formula, .language, .date, .future, .tooOld,
        ]
    }

    /// Nothing behind it can be read either.
    var isFatal: Bool {
        switch self {
        case .form(.utf16), .noHead, .unknownColumn, .contactOnConsent, .doubleColumn, .noEmailColumn: true
        default: false
        }
    }

    package var words: String {
        switch self {
        case .form(.tooLong): "The line is longer than \(CSVReader.longestRecord) bytes."
        case .form(.tooManyFields):
            "There are too many columns. Kept are email, name, language and, on a list of legitimate interest, last_contact: take the others out."
        case .form(.nul): "There is a NUL byte: this is no text file."
        case .form(.notUTF8):
            "This is not UTF-8. Save the file as UTF-8; from Latin-1: iconv -f latin1 -t utf-8 FILE."
        case .form(.openQuote): "A quotation mark is never closed."
        case .form(.strayQuote):
            "There is text behind a closing quotation mark: write \"\" for one inside quotation marks."
        case .form(.utf16): "This is UTF-16. Save the file as UTF-8; or: iconv -f utf-16 -t utf-8 FILE."
        case .noHead: "The file is empty: its first line names the columns, such as email,name,language."
        case .unknownColumn(let name):
            "The column “\(name)” is not kept: take it out. Kept are email, name, language and, on a list of legitimate interest, last_contact."
        case .contactOnConsent:
            "The column “last_contact” does not fit a list of basis consent, where everybody is asked now: take it out."
        case .doubleColumn: "The first line names a column twice."
        case .noEmailColumn:
            "There is no column “email” in the first line, which names the columns. Known are email, name, language and, on a list of legitimate interest, last_contact: call yours so."
        case .columnCount: "There are not as many columns as in the first line."
        case .email(let fault): fault.words
        case .emailNotASCII:
            "There are letters outside a to z before the @, and the relay has not said that it takes them (SMTPUTF8): take the line out."
        case .name: "The name is too long, or holds a link or characters that cannot be seen."
        case .formula: "A field begins like a formula (=, +, -, @)."
        case .language: "There are no texts in that language."
        case .date: "last_contact is not a day as it is written here: 2026-03-01."
        case .future: "last_contact is a day that is yet to come."
        case .tooOld: "The last contact is longer ago than the list keeps anybody."
        }
    }
}

/// Which column holds what: as the first line says.
struct ImportHead: Sendable, Equatable {
    private enum Column: String, CaseIterable {
        case email, name, language
        case lastContact = "last_contact"
    }

    /// What the form's own fields, and other tools, call them.
    private static let synonyms = ["e-mail": "email", "locale": "language"]

    private let columns: [Column]

    init(_ fields: [[UInt8]]) throws(ImportFault) {
        let names = fields.map { String(decoding: $0, as: UTF8.self).trimmed.lowercased() }
        let known = names.map { Column(rawValue: Self.synonyms[$0] ?? $0) }
        guard known.contains(.email) else { throw .noEmailColumn }
        var columns: [Column] = []
        for (name, column) in zip(names, known) {
            guard let column else { throw .unknownColumn(name.shown) }
            guard !columns.contains(column) else { throw .doubleColumn }
            columns.append(column)
        }
        self.columns = columns
    }

    var hasLastContact: Bool { columns.contains(.lastContact) }

    func row(
        _ fields: [[UInt8]], languages: [Language], takesUTF8: Bool
    ) throws(ImportFault) -> ImportRow {
        guard fields.count == columns.count else { throw .columnCount }
        var texts: [Column: String] = [:]
        for (column, field) in zip(columns, fields) {
            let text = String(decoding: field, as: UTF8.self).trimmed
            if let first = text.utf8.first, "=+-@".utf8.contains(first) { throw .formula }
            if !text.isEmpty { texts[column] = text }
        }
        let address = try Self.address(texts[.email] ?? "", takesUTF8: takesUTF8)
        return ImportRow(
            person: Person(address: address, name: try Self.name(texts[.name])),
            language: try Self.language(texts[.language], among: languages),
            lastContact: try Self.day(texts[.lastContact]))
    }

    private static func address(_ text: String, takesUTF8: Bool) throws(ImportFault) -> EmailAddress {
        let address: EmailAddress
        do throws(EmailAddress.Fault) { address = try EmailAddress(pasted: text) } catch { throw .email(error) }
        guard takesUTF8 || !address.needsSMTPUTF8 else { throw .emailNotASCII }
        return address
    }

    private static func name(_ text: String?) throws(ImportFault) -> PersonName? {
        guard let text else { return nil }
        do throws(PersonName.Problem) { return try PersonName(text) } catch { throw .name }
    }

    private static func language(_ text: String?, among languages: [Language]) throws(ImportFault) -> Language? {
        guard let text else { return nil }
        guard let language = Language(text), languages.contains(language) else { throw .language }
        return language
    }

    /// `2026-03-01`: its beginning, in UTC.
    private static func day(_ text: String?) throws(ImportFault) -> Date? {
        guard let text else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2], parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int(Substring(parts[0])), let month = Int(Substring(parts[1])),
            let day = Int(Substring(parts[2]))
        else { throw .date }
        let wanted = DateComponents(year: year, month: month, day: day)
        guard year >= 1970, let date = Calendar.utc.date(from: wanted),
            Calendar.utc.dateComponents([.year, .month, .day], from: date) == wanted
        else { throw .date }
        return date
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }

    /// Of a column's name, as much as helps to find it.
    fileprivate var shown: String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(40).filter { $0.properties.generalCategory != .control }))
    }
}
