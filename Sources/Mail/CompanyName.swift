/// Where a subscriber works, as they call it: `Acme & Søn A/S`. It stands in mails as a person's name does, so the same is
/// refused in it: `ShownName` says what.
package struct CompanyName: ShownName {
    package let text: String

    package init(stored text: String) { self.text = text }
}
