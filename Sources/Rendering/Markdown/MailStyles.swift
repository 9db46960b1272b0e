internal import Yams

/// `templates/mail/styles.yaml`: what each element looks like, written into its `style` attribute since many mail
/// clients read no style sheet. A class `c-ELEMENT` is there too, for the dark mode of those that do.
struct MailStyles: Sendable {
    private static let plain: Set<String> = [
        "h1", "h2", "h3", "h4", "h5", "h6", "p", "a", "button", "ul", "ol", "li", "blockquote", "hr", "img", "code",
        "pre",
        "table", "th", "td", "tr", "strong", "em", "del",
    ]
    static let elements = plain.union(plain.map { "footer-\($0)" })

    private var styles: [String: String] = [:]

    mutating func read(_ source: String, file: String, _ problems: inout ProblemList) {
        do {
            guard let mapping = try Yams.compose(yaml: source, .basic)?.mapping else {
                return problems.add(file, nil, "is not a map from element to style")
            }
            for (key, value) in mapping {
                let name = key.scalar?.string ?? ""
                guard Self.elements.contains(name) else {
                    problems.add(file, key.mark?.line, "\(name) is no element that a mail has")
                    continue
                }
                guard let style = value.scalar?.string else {
                    problems.add(file, value.mark?.line, "\(name) has no style in one string")
                    continue
                }
                guard style.utf8.allSatisfy({ (0x20...0x7E).contains($0) && !"\"<>&".utf8.contains($0) }) else {
                    problems.add(
                        file, value.mark?.line, "\(name) holds what a style attribute cannot: \" < > & or a line break")
                    continue
                }
                styles[name] = style
            }
        } catch {
            problems.add(file, nil, "is not YAML: \(error)")
        }
    }

    /// ` class="c-p" style="…"`, and in a footer ` class="c-footer-p"` with the footer's own style if it has one.
    func attributes(_ element: String, in part: MailPart, extra: String = "") -> String {
        let name = part == .footer ? "footer-\(element)" : element
        let style = [styles[name] ?? styles[element] ?? "", extra].filter { !$0.isEmpty }.joined(separator: "; ")
        return " class=\"c-\(name)\"" + (style.isEmpty ? "" : " style=\"\(style)\"")
    }
}

enum MailPart: Sendable { case content, footer }
