import HTTPTypes
import Hummingbird
import Mail
import NIOCore

/// A form as it came, and how.
struct SentForm: Sendable {
    let form: Form
    let isJSON: Bool
    /// JSON members whose values are no text.
    let notText: Set<String>

    /// The field's value; throws where it came twice, or as something else than text.
    func single(_ name: String) throws(FormFailure) -> String? {
        if notText.contains(name) { throw .notText(name) }
        return try form.single(name)
    }

    func all(_ name: String) throws(FormFailure) -> [String] {
        if notText.contains(name) { throw .notText(name) }
        return form.all(name)
    }
}

extension Request {
    /// What a visitor may send.
    static let longestForm = 16 * 1024

    /// The body as a form: urlencoded, multipart, or JSON. `isTypeOptional` takes an unnamed body for urlencoded.
    func form(isTypeOptional: Bool = false) async throws -> SentForm {
        // What is of a wrong type is not read.
        let type = try formType(isTypeOptional: isTypeOptional)
        return try form(of: await bytes(upTo: Self.longestForm), type)
    }

    /// A body that has been read.
    func form(of bytes: [UInt8], isTypeOptional: Bool) throws -> SentForm {
        try form(of: bytes, formType(isTypeOptional: isTypeOptional))
    }

    private func form(of bytes: [UInt8], _ type: MediaTypeText) throws -> SentForm {
        // In every charset that is asked for, ASCII is ASCII.
        let isUTF8 = type.parameters["charset"].map { ["utf-8", "utf8"].contains($0.lowercased()) } ?? true
        guard isUTF8 || bytes.allSatisfy({ $0 < 0x80 }) else { throw FormFailure.unsupportedType }
        switch type.type {
        case "application/x-www-form-urlencoded":
            return SentForm(form: try Form(urlEncoded: bytes), isJSON: false, notText: [])
        case "multipart/form-data":
            guard let boundary = type.parameters["boundary"], (1...70).contains(boundary.utf8.count) else {
                throw FormFailure.malformed
            }
            return SentForm(form: try Form(multipart: bytes, boundary: boundary), isJSON: false, notText: [])
        default:
            let (form, notText) = try Form.json(bytes)
            return SentForm(form: form, isJSON: true, notText: notText)
        }
    }

    private func formType(isTypeOptional: Bool) throws(FormFailure) -> MediaTypeText {
        let header = headers[.contentType] ?? (isTypeOptional ? "application/x-www-form-urlencoded" : "")
        let known: Set = ["application/x-www-form-urlencoded", "multipart/form-data", "application/json"]
        guard let type = MediaTypeText(header), known.contains(type.type) else { throw .unsupportedType }
        return type
    }

    /// The whole body; refused at once where its length is announced. A body that is cut off is none: half an address is
    /// another address.
    func bytes(upTo limit: Int) async throws -> [UInt8] {
        let length = headers[.contentLength].flatMap { Int($0) }
        if let length, length > limit { throw FormFailure.tooLarge }
        let buffer: ByteBuffer
        do {
            buffer = try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw FormFailure.tooLarge
        } catch {
            // The connection broke; nobody reads the answer.
            throw FormFailure.malformed
        }
        guard length ?? buffer.readableBytes == buffer.readableBytes else { throw FormFailure.malformed }
        return Array(buffer.readableBytesView)
    }

    /// Whether the sender is a program: it sends or asks for JSON, or calls the API.
    var speaksJSON: Bool {
        if uri.path.utf8.starts(with: "/api/".utf8) { return true }
        if let type = headers[.contentType].flatMap({ MediaTypeText($0) }), type.type == "application/json" {
            return true
        }
        guard let accept = headers[.accept].map({ Array($0.lowercased().utf8) }), !accept.holds("text/html") else {
            return false
        }
        return accept.holds("application/json") || accept.holds("application/problem+json")
    }
}
