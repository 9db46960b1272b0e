import Foundation

/// One of the documents that people read, as a test reads it: its fenced blocks in the reader's order, its headings and links.
package struct Manual: Sendable {
    package struct Block: Sendable {
        /// What stands behind the fence: `sh`, `yaml`, or nothing.
        package let language: String
        package let text: String
        /// The comment in the line above the fence: `not run: needs root`, `file: spring.md`.
        package let note: String?
        package let line: Int

        /// Why no test runs it.
        package var excuse: String? { words(behind: "not run: ") }
        /// What the reader saves it as.
        package var file: String? { words(behind: "file: ") }

        private func words(behind start: String) -> String? {
            note.flatMap { $0.hasPrefix(start) ? String($0.dropFirst(start.count)) : nil }
        }
    }

    package struct Link: Sendable {
        package let target: String
        package let line: Int
    }

    package let path: String
    package let lines: [String]
    package private(set) var blocks: [Block] = []
    /// As GitHub names its headings.
    package private(set) var anchors: Set<String> = []
    package private(set) var links: [Link] = []

    /// The README and everything below `docs`.
    package static let all: [Manual] = {
        let docs = URL.repository.appending(path: "docs")
        let pages = (try? FileManager.default.subpathsOfDirectory(atPath: docs.path)) ?? []
        let paths = ["README.md"] + pages.filter { $0.hasSuffix(".md") }.map { "docs/\($0)" }
        return paths.sorted().compactMap { try? Manual($0) }
    }()

    /// Those whose commands `ManualWalkTests` runs, as a reader would.
    package static let walked = [
        "README.md", "docs/operator.md", "docs/marketer.md", "docs/privacy-officer.md",
    ]

    package init(_ path: String) throws {
        let text = try String(contentsOf: .repository.appending(path: path), encoding: .utf8)
        (self.path, lines) = (path, text.components(separatedBy: "\n"))
        var open: (language: String, note: String?, line: Int, text: [String])?
        for (index, line) in lines.enumerated() {
            if line.hasPrefix("```") {
                if let block = open {
                    add(block)
                    open = nil
                } else {
                    open = (String(line.dropFirst(3)), index > 0 ? Self.note(lines[index - 1]) : nil, index + 1, [])
                }
            } else if open != nil {
                open?.text.append(line)
            } else {
                read(line, index + 1)
            }
        }
    }

    /// The block that holds these words.
    package func block(with words: String) throws -> Block {
        guard let block = blocks.first(where: { $0.text.contains(words) }) else {
            throw TestFailure("\(path) has no block with \(words)")
        }
        return block
    }

    /// The cells of each row of the table with that head.
    package func table(_ head: String) -> [[String]] {
        lines.drop { $0 != head }.dropFirst(2).prefix { $0.hasPrefix("|") }.map { row in
            row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private mutating func add(_ block: (language: String, note: String?, line: Int, text: [String])) {
        let text = block.text.map { "\($0)\n" }.joined()
        blocks.append(Block(language: block.language, text: text, note: block.note, line: block.line))
    }

    private mutating func read(_ line: String, _ number: Int) {
        if let heading = line.firstMatch(of: /^#+ (.+)$/) { anchors.insert(Self.anchor(String(heading.1))) }
        for link in line.matches(of: /\]\(([^)\s]+)\)/) { links.append(Link(target: String(link.1), line: number)) }
    }

    private static func note(_ line: String) -> String? {
        line.wholeMatch(of: /<!-- (.+) -->/).map { String($0.1) }
    }

    private static func anchor(_ heading: String) -> String {
        let kept = heading.lowercased().filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
        return kept.replacing(" ", with: "-")
    }
}
