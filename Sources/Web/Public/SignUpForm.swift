import Mail
import Newsletter
import Rendering

/// The sign-up form as somebody filled it in: text, kept so that it can be shown again beside what is wrong with it.
struct SignUpForm {
    var email = ""
    var name = ""
    /// Nil where the form says nothing about lists.
    var lists: [String]?
    var locale: String?
    /// The word for where to go afterwards.
    var next: String?
    /// The field that people do not see; who fills it in is a program.
    var website = ""
    var captcha = ""

    init() {}

    init(_ sent: SentForm, captchaField: String?) throws(FormFailure) {
        email = try sent.single("email") ?? ""
        name = try sent.single("name") ?? ""
        let lists = try sent.all("list")
        self.lists = lists.isEmpty ? nil : lists
        locale = try sent.single("locale")
        next = try sent.single("next")
        website = try sent.single("website") ?? ""
        if let captchaField { captcha = try sent.single(captchaField) ?? "" }
    }

    /// Who it is, or all that keeps us from knowing it.
    func person(takesUTF8: Bool) -> Result<Person, Complaints> {
        var complaints: [FieldComplaint] = []
        var address: EmailAddress?
        do throws(EmailAddress.Problem) {
            let typed = try EmailAddress(email)
            if typed.needsSMTPUTF8, !takesUTF8 { complaints.append(.emailNotASCII) }
            address = typed
        } catch {
            complaints.append(FieldComplaint(error))
        }
        var person: PersonName?
        do throws(PersonName.Problem) {
            person = try PersonName(name)
        } catch {
            if let complaint = FieldComplaint(error) { complaints.append(complaint) }
        }
        guard complaints.isEmpty, let address else { return .failure(Complaints(complaints)) }
        return .success(Person(address: address, name: person))
    }

    /// Each once, in the form's order. An empty one, which our own page sends along, stands for none.
    func slugs(orElse standard: Slug?) -> Result<[Slug], Complaints> {
        guard let lists else { return standard.map { .success([$0]) } ?? .failure(Complaints([.listMissing])) }
        var slugs: [Slug] = []
        for text in lists where !text.isEmpty {
            guard let slug = Slug(text) else { return .failure(Complaints([.listUnknown])) }
            if !slugs.contains(slug) { slugs.append(slug) }
        }
        return slugs.isEmpty ? .failure(Complaints([.listMissing])) : .success(slugs)
    }
}

/// All that is wrong with a form, at once.
struct Complaints: Error {
    let complaints: [FieldComplaint]

    init(_ complaints: [FieldComplaint]) {
        self.complaints = complaints
    }
}
