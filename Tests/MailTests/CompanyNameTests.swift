import Mail
import TestSupport
import Testing

/// A company stands in mails as a name does: what is refused in one is refused in the other.
@Suite struct CompanyNameTests {
    static let good = [
        "Acme", "3M", "AT&T", "Søn & Datter A/S", "Müller GmbH & Co. KG", "\"Kulturhuset\" i Bø", "24/7 Support",
        "S.p.A.",
        "Smith, Jones and Partners, Inc.", "Österlånggatan 17 AB", "株式会社", "Oy Yritys Ab (publ)", "Nr. 1 Bageri I/S",
        "H&M",
        "Example com", "C++ Consulting", "=cmd|'/C calc'!A0",
    ]

    @Test(arguments: good) func `companies are called many things`(text: String) throws {
        let company = try CompanyName(text)
        #expect(company.text == text)
        #expect(CompanyName(stored: company.text) == company)
    }

    @Test(arguments: PersonNameTests.bad) func `what is no name is no company either`(
        text: String, problem: NameProblem
    ) {
        #expect(throws: problem) { try CompanyName(text) }
    }

    @Test(arguments: [
        "Booking.com", "https://acme.example", "Acme (acme.no)", "sales@acme.example", "www.acme",
        "Acme\r\nBcc: x@y.example",
    ]) func `nobody puts a link or a line into our mails by way of a company`(text: String) {
        #expect(throws: NameProblem.self) { try CompanyName(text) }
    }

    @Test func `nothing but white space is none, and a company does not describe itself`() throws {
        #expect(try CompanyName(optional: " \u{A0} ") == nil && CompanyName(optional: "Acme")?.text == "Acme")
        let company = try CompanyName("Quuxworth")
        #expect(!"\(company)\(String(reflecting: company))".contains("Quuxworth"))
    }
}
