import CourantTesting
import Foundation

/// Python's `email` under its strict policy: a reader of mail that we did not write.
struct Reader: Decodable {
    let defects: [String]
    let types: [String]
    let headers: [String: [String]]
    let text: String
    let html: String

    private static let script = """
        import base64, email, email.policy, json, sys
        out = []
        policy = email.policy.strict.clone(raise_on_defect=False)
        for encoded in json.load(sys.stdin):
            m = email.message_from_bytes(base64.b64decode(encoded), policy=policy)
            parts = list(m.walk())
            headers = {}
            for key, value in m.items(): headers.setdefault(key.lower(), []).append(str(value))
            defects = [repr(d) for p in parts for d in p.defects] + [repr(d) for v in m.values() for d in getattr(v, 'defects', [])]
            bodies = [p.get_content().replace('\\r\\n', '\\n') for p in parts[1:]]
            out.append(dict(defects=defects, types=[p.get_content_type() for p in parts], headers=headers, text=bodies[0], html=bodies[1]))
        json.dump(out, sys.stdout)
        """

    static func read(_ mails: [[UInt8]]) throws -> [Reader] {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).json")
        try JSONEncoder().encode(mails.map { Data($0) }).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Subprocess("/usr/bin/python3", ["-c", script])
        process.line.standardInput = try FileHandle(forReadingFrom: file)
        let data = try process.outputNow()
        return try JSONDecoder().decode([Reader].self, from: data)
    }
}
