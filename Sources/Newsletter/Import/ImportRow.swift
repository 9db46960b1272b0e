package import Foundation
package import Mail
import Rendering

/// One line of an imported file, every field parsed.
struct ImportRow: Sendable, Redacted {
    let person: Person
    /// Nil: the list's.
    let language: Language?
    let lastContact: Date?
    /// When they agreed to it elsewhere, and when they were asked.
    var confirmedAt: Date?
    var askedAt: Date?
    /// The sentence they saw, the policy's version, and what it rests on where that is the line's own.
    var wording: String?
    var policy: String?
    var evidence: String?
    var `class`: SubscriberClass?
    var source: String?
    var isRestricted = false

    /// Of a person who comes with a consent: the latest that is known of them.
    var latest: Date? { [lastContact, confirmedAt].compactMap(\.self).max() }
}

/// Why a line, or the file, cannot be taken. Says what to do, and never what stands there.
package enum ImportFault: Error, Equatable, CaseIterable {
    case form(CSVFault)
    case noHead, doubleColumn, noEmailColumn
    /// Its name, as the first line has it.
    case unknownColumn(String)
    /// Who is asked for consent is asked now.
    case contactOnConsent
    /// The list does not ask for it.
    case companyNotAsked
    case columnCount, email(EmailAddress.Fault), emailNotASCII, name, company, formula, language, date, future, tooOld
    /// It belongs to consents that were given elsewhere.
    case columnOfConsent(String)
    case noConsentDay, consentDay, consentFuture, consentTooOld, consentText, `class`, source, state

    package static var allCases: [ImportFault] {
        CSVFault.allCases.map { .form($0) } + [
            .noHead, .unknownColumn("phone"), .contactOnConsent, .companyNotAsked, .doubleColumn,
            .noEmailColumn, .columnCount, .email(.missing), .email(.domain), .emailNotASCII, .name, .company, .formula,
            .language, .date, .future, .tooOld,
            .columnOfConsent("confirmed_at"), .noConsentDay, .consentDay, .consentFuture, .consentTooOld, .consentText,
            .class, .source, .state,
        ]
    }

    /// Nothing behind it can be read either.
    var isFatal: Bool {
        switch self {
        case .form(.utf16), .noHead, .unknownColumn, .contactOnConsent, .companyNotAsked, .columnOfConsent,
            .doubleColumn, .noEmailColumn:
            true
        default: false
        }
    }

    package var words: String {
        switch self {
        case .form(.tooLong): "The line is longer than \(CSVReader.longestRecord) bytes."
        case .form(.tooManyFields):
            "There are too many columns. Kept are email, name, language, company where the list asks for it and, on a list of legitimate interest, last_contact: take the others out."
        case .form(.nul): "There is a NUL byte: this is no text file."
        case .form(.notUTF8):
            "This is not UTF-8. Save the file as UTF-8; from Latin-1: iconv -f latin1 -t utf-8 FILE."
        case .form(.openQuote): "A quotation mark is never closed."
        case .form(.strayQuote):
            "There is text behind a closing quotation mark: write \"\" for one inside quotation blindIndex."
        case .form(.utf16): "This is UTF-16. Save the file as UTF-8; or: iconv -f utf-16 -t utf-8 FILE."
        case .noHead: "The file is empty: its first line names the columns, such as email,name,language."
        case .unknownColumn(let name):
            "The column “\(name)” is not kept: take it out. Kept are email, name, language, company where the list asks for it and, on a list of legitimate interest, last_contact."
        case .contactOnConsent:
            "The column “last_contact” does not fit a list of basis consent, where everybody is asked now: take it out."
        case .doubleColumn: "The first line names a column twice."
        case .noEmailColumn:
            "There is no column “email” in the first line, which names the columns. Known are email, name, language, company where the list asks for it and, on a list of legitimate interest, last_contact: call yours so."
        case .columnCount: "There are not as many columns as in the first line."
        case .email(let fault): fault.words
        case .emailNotASCII:
            "There are letters outside a to z before the @, and the relay has not said that it takes them (SMTPUTF8): take the line out."
        case .name: "The name is too long, or holds a link or characters that cannot be seen."
        case .company: "The company’s name is too long, or holds a link or characters that cannot be seen."
        case .companyNotAsked:
            "The list does not ask for the company, and keeps none: take the column “company” out, or let the list ask first."
        case .formula: "A field begins like a formula (=, +, -, @)."
        case .language: "There are no texts in that language."
        case .date: "last_contact is not a day as it is written here: 2026-03-01."
        case .future: "last_contact is a day that is yet to come."
        case .tooOld: "The last contact is longer ago than the list keeps anybody."
        case .columnOfConsent(let name):
            "The column “\(name)” belongs to consents that were given elsewhere: take it out, or import them as confirmed, with evidence."
        case .noConsentDay:
            "There is no day of the consent: without one it cannot be shown, so leave the line out or ask the person again."
        case .consentDay: "The day of the consent is not written as it is here: 2026-03-01."
        case .consentFuture: "The day of the consent is yet to come."
        case .consentTooOld: "The consent is older than the list keeps anybody."
        case .consentText:
            "Wording, policy or evidence is too long, or holds characters that cannot be seen: 2,000, 40 and 1,000 bytes on one line at most. Evidence holds no mail address: it stays readable."
        case .class: "The class is subscriber, partner or prospect."
        case .source: "The source is 1 to 200 bytes on one line."
        case .state: "The state is active or restricted; whoever has not confirmed, or has left, is not imported."
        }
    }
}

/// Which column holds what: as the first line says.
struct ImportHead: Sendable, Equatable {
    private enum Column: String, CaseIterable {
        case email, name, company, language, wording, policy, evidence, `class`, source, state
        case lastContact = "last_contact"
        case confirmedAt = "confirmed_at"
        case askedAt = "asked_at"

        /// Of those who come with a consent.
        static let ofConsent: Set<Self> = [.confirmedAt, .askedAt, .wording, .policy, .evidence]
        /// Of those who come from another Courant.
        static let ofMoving: Set<Self> = [.class, .source, .state]
    }

    /// What the form's own fields, and other tools, call them.
    private static let synonyms = ["e-mail": "email", "locale": "language", "consent date": "confirmed_at"]

    private let columns: [Column]

    init(_ fields: [[UInt8]], for plan: ImportPlan) throws(ImportFault) {
        let names = fields.map { String(decoding: $0, as: UTF8.self).trimmed.lowercased() }
        let known = names.map { Column(rawValue: Self.synonyms[$0] ?? $0) }
        guard known.contains(.email) else { throw .noEmailColumn }
        var columns: [Column] = []
        for (name, column) in zip(names, known) {
            guard let column else { throw .unknownColumn(name.shown) }
            guard !columns.contains(column) else { throw .doubleColumn }
            try Self.check(column, for: plan)
            columns.append(column)
        }
        self.columns = columns
    }

    private static func check(_ column: Column, for plan: ImportPlan) throws(ImportFault) {
        if column == .company, !plan.list.asksCompany { throw .companyNotAsked }
        guard plan.elsewhere == nil else { return }
        if Column.ofConsent.contains(column) { throw .columnOfConsent(column.rawValue) }
        guard plan.list.basis == .consent else { return }
        // Consent is asked for now; when we last met says nothing about it.
        if column == .lastContact { throw .contactOnConsent }
        if Column.ofMoving.contains(column) { throw .columnOfConsent(column.rawValue) }
    }

    func row(
        _ fields: [[UInt8]], languages: [Language], takesUTF8: Bool
    ) throws(ImportFault) -> ImportRow {
        guard fields.count == columns.count else { throw .columnCount }
        var texts: [Column: String] = [:]
        for (column, field) in zip(columns, fields) {
            let text = try String(decoding: field, as: UTF8.self).trimmed.withoutMark()
            if !text.isEmpty { texts[column] = text }
        }
        let address = try Self.address(texts[.email] ?? "", takesUTF8: takesUTF8)
        var row = ImportRow(
            person: Person(
                address: address, name: try Self.name(texts[.name], else: .name),
                company: try Self.name(texts[.company], else: .company)),
            language: try Self.language(texts[.language], among: languages),
            lastContact: try Self.moment(texts[.lastContact], else: .date))
        row.confirmedAt = try Self.moment(texts[.confirmedAt], else: .consentDay)
        row.askedAt = try Self.moment(texts[.askedAt], else: .consentDay)
        row.wording = try Self.text(texts[.wording], longest: Self.longestWording)
        row.policy = try Self.text(texts[.policy], longest: 40)
        row.evidence = try Self.text(texts[.evidence], longest: ConsentEvidence.longest)
        guard row.evidence.map({ !Imports.holdsAddress($0) }) ?? true else { throw ImportFault.consentText }
        row.class = try Self.class(texts[.class])
        row.source = try Self.source(texts[.source])
        row.isRestricted = try Self.isRestricted(texts[.state])
        return row
    }

    static let longestWording = 2_000

    private static func text(_ text: String?, longest: Int) throws(ImportFault) -> String? {
        guard let text else { return nil }
        guard text.utf8.count <= longest, !text.unicodeScalars.contains(where: \.isControl) else { throw .consentText }
        return text
    }

    private static func `class`(_ text: String?) throws(ImportFault) -> SubscriberClass? {
        guard let text else { return nil }
        guard let found = SubscriberClass(rawValue: text) else { throw .class }
        return found
    }

    /// Another Courant's form is none of ours: then the file's own source counts.
    private static func source(_ text: String?) throws(ImportFault) -> String? {
        guard let text, text != Subscription.form else { return nil }
        guard Imports.isSource(text) else { throw .source }
        return text
    }

    private static func isRestricted(_ text: String?) throws(ImportFault) -> Bool {
        switch text {
        case nil, Subscription.State.active.rawValue: false
        case Subscription.State.restricted.rawValue: true
        default: throw .state
        }
    }

    private static func address(_ text: String, takesUTF8: Bool) throws(ImportFault) -> EmailAddress {
        let address: EmailAddress
        do throws(EmailAddress.Fault) { address = try EmailAddress(pasted: text) } catch { throw .email(error) }
        guard takesUTF8 || !address.needsSMTPUTF8 else { throw .emailNotASCII }
        return address
    }

    private static func name<Name: ShownName>(
        _ text: String?, else fault: ImportFault
    ) throws(ImportFault) -> Name? {
        guard let text else { return nil }
        do throws(NameProblem) { return try Name(text) } catch { throw fault }
    }

    private static func language(_ text: String?, among languages: [Language]) throws(ImportFault) -> Language? {
        guard let text else { return nil }
        guard let language = Language(text), languages.contains(language) else { throw .language }
        return language
    }

    private static func moment(_ text: String?, else fault: ImportFault) throws(ImportFault) -> Date? {
        guard let text else { return nil }
        guard let moment = ImportMoment(text)?.date else { throw fault }
        return moment
    }
}

/// A time as files have it here: `2026-03-01`, which is that day's beginning in UTC, or `2026-03-01T09:30:00.250Z`.
package struct ImportMoment {
    package let date: Date

    package init?(_ text: String) {
        let plain = Date.ISO8601FormatStyle(includingFractionalSeconds: false)
        let exact = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let found =
            text.utf8.count == 10
            ? Self.day(text) : (try? Date(text, strategy: plain)) ?? (try? Date(text, strategy: exact))
        guard let found, found.timeIntervalSince1970 >= 0 else { return nil }
        date = found
    }

    private static func day(_ text: String) -> Date? {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2], parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int(Substring(parts[0])), let month = Int(Substring(parts[1])),
            let day = Int(Substring(parts[2]))
        else { return nil }
        let wanted = DateComponents(year: year, month: month, day: day)
        guard year >= 1970, let date = Calendar.utc.date(from: wanted),
            Calendar.utc.dateComponents([.year, .month, .day], from: date) == wanted
        else { return nil }
        return date
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }

    /// An apostrophe before what would else be a formula (OWASP, CSV Injection) says that it is text.
    fileprivate func withoutMark() throws(ImportFault) -> String {
        guard let first = utf8.first else { return self }
        if "=+-@".utf8.contains(first) { throw .formula }
        let behind = dropFirst()
        let isMark = behind.unicodeScalars.first.map { $0 == "'" || CSV.isFormulaSign($0) } ?? false
        return first == UInt8(ascii: "'") && isMark ? String(behind) : self
    }

    /// Of a column's name, as much as helps to find it.
    fileprivate var shown: String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(40).filter { $0.properties.generalCategory != .control }))
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool { properties.generalCategory == .control }
}
