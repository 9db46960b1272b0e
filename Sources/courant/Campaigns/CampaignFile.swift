import ArgumentParser
import CourantAPI
import Foundation
import Mail

/// A Markdown file with front matter on this computer; `-` is stdin.
struct CampaignFile: ExpressibleByArgument, Sendable {
    let path: String

    init?(argument: String) {
        guard !argument.isEmpty else { return nil }
        path = argument
    }

    static let help: ArgumentHelp = "The campaign: Markdown with front matter. - reads stdin."

    var name: String { path == "-" ? "stdin" : path }

    /// How the service knows it: without its folders, which differ from client to client. Nil for stdin.
    var shortName: String? {
        path == "-" ? nil : path.split(separator: "/").last.map { String($0) }
    }

    func read() throws(Failure) -> String {
        let (data, size) = try bytes()
        guard size <= SourceSize.largest else {
            throw .file(
                "\(name) has \(size.grouped) bytes, and a campaign at most \(SourceSize.largest.grouped)",
                next: "Shorten it: mailboxes cut off the end of what is longer anyway")
        }
        guard let text = String(bytes: data, encoding: .utf8) else {
            throw .file(
                "\(name) is not UTF-8 text",
                next: "Save it as UTF-8, or convert it: iconv -f windows-1252 -t utf-8 FILE")
        }
        guard !text.trimmed.isEmpty else { throw .file("\(name) is empty") }
        return text
    }

    /// No more of it than may be sent, and how much there is.
    private func bytes() throws(Failure) -> (Data, size: Int) {
        if path == "-" {
            let data = FileHandle.standardInput.readDataToEndOfFile()
            return (data, data.count)
        }
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw .file("\(path) cannot be read: \(systemError())") }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard let data = try? handle.read(upToCount: SourceSize.largest + 1) else {
            if errno == EISDIR { throw .file("\(path) is a folder, not a file") }
            return (Data(), 0)
        }
        return (data, max(data.count, (try? handle.seekToEnd()).map { Int($0) } ?? 0))
    }
}

extension FindingInfo {
    var isError: Bool { severity == "error" }

    /// `spring.md:12: error: The image has no alternative text`, as compilers say it.
    func line(of file: String = "", in style: Style) -> String {
        let severity = isError ? style.red(severity.printable) : style.yellow(severity.printable)
        let place = [file, line.map(String.init) ?? ""].filter { !$0.isEmpty }.joined(separator: ":")
        let before = place.isEmpty ? "" : (file.isEmpty ? "line \(place): " : "\(place): ")
        return "\(before)\(severity): \(message.printable)"
    }
}

extension [FindingInfo] {
    var errors: [FindingInfo] { filter(\.isError) }

    /// `2 errors, 1 warning`
    var summary: String {
        let warnings = count - errors.count
        return [
            errors.isEmpty ? nil : errors.count.counted("error"), warnings == 0 ? nil : warnings.counted("warning"),
        ]
        .compactMap { $0 }.joined(separator: ", ")
    }
}
