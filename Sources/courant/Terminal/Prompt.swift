import Foundation

/// Questions to the person at the keyboard. Never called without one.
struct Prompt {
    let console: Console

    /// A typed line, or nil at the end of input.
    func line(_ question: String) -> String? {
        console.ask(question)
        let answer = readLine()
        if answer == nil { console.ask("\n") }
        return answer?.trimmed
    }

    func agrees(_ question: String) -> Bool {
        let answer = line(question + " [y/N] ")?.lowercased()
        return answer == "y" || answer == "yes"
    }

    /// A line that is not shown: key by key, so that an interrupt leaves no terminal behind without its echo.
    func secret(_ question: String) throws(Failure) -> String {
        var before = termios()
        tcgetattr(STDIN_FILENO, &before)
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            console.ask("\n")
        }
        // Only now: what is pasted at once is neither shown nor lost.
        console.ask(question)
        return try keys()
    }

    private func keys() throws(Failure) -> String {
        var typed: [UInt8] = []
        var key: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &key, 1)
            if count < 0 && errno == EINTR { continue }
            guard count == 1 else { break }
            switch key {
            case 0x03: throw .interrupted
            case 0x04 where typed.isEmpty: throw .interrupted
            case 0x0A, 0x0D: return String(decoding: typed, as: UTF8.self)
            case 0x08, 0x7F: _ = typed.popLast()
            case 0x15: typed = []
            default: typed.append(key)
            }
        }
        return String(decoding: typed, as: UTF8.self)
    }
}

extension String {
    /// Without blanks and line ends around it.
    var trimmed: String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let rest = utf8.drop(while: isBlank)
        let end = rest.lastIndex { !isBlank($0) }.map { rest.index(after: $0) } ?? rest.startIndex
        return String(Substring(rest[rest.startIndex..<end]))
    }
}
