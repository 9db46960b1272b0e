/// What a subscriber wants to be called. It greets somebody in a mail that bears our name, so it may hold nothing that
/// a stranger could use it for: `ShownName` says what.
package struct PersonName: ShownName {
    package let text: String

    package init(stored text: String) { self.text = text }
}
