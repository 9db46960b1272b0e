import Foundation
import Wiring

/// A question to the person at the terminal about one setting, asked again until its answer is sound.
struct Question {
    let key: String
    let words: String
    var preset: String?
    /// An empty answer is one.
    var isOptional = false

    static let first = [
        Question(
            key: "http.public-url", words: "The address that people will see, such as https://news.your-company.com"),
        Question(
            key: "relay.url", words: "The SMTP server that takes your mail, such as smtp://relay.your-company.com:587"),
        Question(key: "relay.user", words: "Your login there; nothing, where it asks for none", isOptional: true),
    ]

    static let then = [
        Question(key: "mail.from", words: "Who newsletters are from, such as Your News <news@your-company.com>"),
        Question(key: "organisation.name", words: "The name of your organisation, in every mail"),
        Question(key: "organisation.address", words: "Its postal address, in every newsletter"),
        Question(key: "organisation.contact", words: "The mail address that answers questions about privacy"),
        Question(
            key: "organisation.authority",
            words:
                "The data protection authority that people can complain to, such as Datatilsynet, www.datatilsynet.no; nothing, "
                + "where your policy names none", isOptional: true),
        Question(
            key: "captcha.provider",
            words: "Who keeps robots out: proof-of-work (asks nobody else), recaptcha, turnstile, hcaptcha",
            preset: "proof-of-work"),
    ]

    static let siteKey = Question(key: "captcha.site-key", words: "The provider's public key of your site")

    /// The shipped promises name a captcha, and the service would not start without one.
    static let needsCaptcha = "your policy's promises name a captcha: proof-of-work needs nobody else"

    private static func problem(_ key: String, _ answers: SetupAnswers) async -> String? {
        if key == "captcha.provider", answers[key] == "none" { return needsCaptcha }
        // Its password comes next.
        return key == "relay.user" ? nil : await answers.problem(key)
    }

    /// Nil where the input has ended.
    func ask(_ answers: SetupAnswers) async -> SetupAnswers? {
        while true {
            Keyboard.say("\(words)\(preset.map { " [\($0)]" } ?? ""): ")
            guard let line = readLine() else { return nil }
            let typed = line.trimmingCharacters(in: .whitespaces)
            guard let answer = typed.isEmpty ? preset : typed else {
                if isOptional { return answers }
                continue
            }
            var changed = answers
            changed[key] = answer
            guard let problem = await Self.problem(key, changed) else { return changed }
            Keyboard.say("  \(problem).\n")
        }
    }
}

/// The terminal, as questions are asked at it: standard output belongs to data.
enum Keyboard {
    static var isThere: Bool { isatty(STDIN_FILENO) == 1 }

    static func say(_ words: String) { try? FileHandle.standardError.write(contentsOf: Data(words.utf8)) }

    /// A line that is not shown; nil where the input has ended. Key by key, so that an interrupt leaves no terminal behind
    /// without its echo.
    static func secret(_ question: String) -> String? {
        var before = termios()
        tcgetattr(STDIN_FILENO, &before)
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            say("\n")
        }
        // Only now: what is pasted at once is neither shown nor lost.
        say("\(question) (not shown): ")
        return keys().map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespaces) }
    }

    private static func keys() -> [UInt8]? {
        var (typed, key) = ([UInt8](), UInt8(0))
        while read(STDIN_FILENO, &key, 1) == 1 {
            switch key {
            // Ctrl-C and Ctrl-D
            case 0x03, 0x04: return nil
            case 0x0A, 0x0D: return typed
            case 0x08, 0x7F: _ = typed.popLast()
            case 0x15: typed = []
            default: typed.append(key)
            }
        }
        return nil
    }
}
