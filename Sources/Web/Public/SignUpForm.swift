import Mail
import Newsletter
import Rendering

/// The sign-up form as somebody filled it in: text, kept so that it can be shown again beside what is wrong with it.
struct SignUpForm {
    var email = ""
    var name = ""
    /// Nil where the form has no such field, and says so to nobody who fills it in.
    var company: String?
    /// Nil where the form says nothing about lists.
    var lists: [String]?
    var locale: String?
    /// The word for where to go afterwards.
    var next: String?
    /// The field that people do not see: what fills it in is a program, or a browser that means well.
    var trap = ""
    var captcha = ""

    /// A name for which no browser and no password manager has anything.
    static let trapField = "remarks"

    init() {}

    init(_ sent: SentForm, captchaField: String?) throws(FormFailure) {
        email = try sent.single("email") ?? ""
        name = try sent.single("name") ?? ""
        company = try sent.single("company")
        let lists = try sent.all("list")
        self.lists = lists.isEmpty ? nil : lists
        locale = try sent.single("locale")
        next = try sent.single("next")
        trap = try sent.single(Self.trapField) ?? ""
        if let captchaField { captcha = try sent.single(captchaField) ?? "" }
    }

    /// Whether its sentence is the one that names the company: it has the field, and a list of ours asks for that.
    func asksCompany(_ lists: [MailingList]) -> Bool { company != nil && lists.contains(where: \.asksCompany) }

    /// Who it is, or all that keeps us from knowing it. `asksCompany`: one of its lists does; else it is as a field that we do
    /// not know.
    func person(takesUTF8: Bool, asksCompany: Bool) -> Result<Person, Complaints> {
        var complaints: [FieldComplaint] = []
        var address: EmailAddress?
        do throws(FieldComplaint) {
            address = try EmailAddress(typed: email, takesUTF8: takesUTF8)
        } catch {
            complaints.append(error)
        }
        var person: PersonName?
        do throws(NameProblem) {
            person = try PersonName(optional: name)
        } catch {
            complaints.append(FieldComplaint(error))
        }
        var firm: CompanyName?
        do throws(NameProblem) {
            if asksCompany { firm = try CompanyName(optional: company ?? "") }
        } catch {
            complaints.append(FieldComplaint(company: error))
        }
        guard complaints.isEmpty, let address else { return .failure(Complaints(complaints)) }
        return .success(Person(address: address, name: person, company: firm))
    }

    /// Each once, in the form's order. An empty one, which our own page sends along, stands for none.
    func slugs(orElse standard: Slug?) -> Result<[Slug], Complaints> {
        guard let lists else { return standard.map { .success([$0]) } ?? .failure(Complaints(.listMissing)) }
        var slugs: [Slug] = []
        for text in lists where !text.isEmpty {
            guard let slug = Slug(text) else { return .failure(Complaints(.listUnknown)) }
            if !slugs.contains(slug) { slugs.append(slug) }
        }
        return slugs.isEmpty ? .failure(Complaints(.listMissing)) : .success(slugs)
    }
}
