import CourantTesting
import Foundation
import Glibc

/// What somebody with a core dump in their hands would find: every byte that a process may write.
struct MemoryImage {
    /// Its regions that are readable and writable.
    let regions: [Data]

    /// Nil where the system lets nobody look (Yama's ptrace_scope).
    init?(of pid: pid_t) {
        guard let maps = try? String(contentsOfFile: "/proc/\(pid)/maps", encoding: .utf8),
            case let memory = open("/proc/\(pid)/mem", O_RDONLY | O_CLOEXEC), memory >= 0
        else { return nil }
        defer { close(memory) }
        regions = maps.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            let bounds = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard fields[1].hasPrefix("rw"), bounds.count == 2 else { return nil }
            return Self.read(memory, from: bounds[0], upTo: bounds[1])
        }
    }

    private static func read(_ memory: Int32, from start: UInt64, upTo end: UInt64) -> Data? {
        var bytes = Data(count: Int(end - start))
        let count = bytes.withUnsafeMutableBytes { pread(memory, $0.baseAddress, $0.count, Int(start)) }
        return count > 0 ? bytes.prefix(count) : nil
    }

    /// Of each spelling of a word that is found, what stands around it. One pass, whatever is looked for.
    func hits(_ words: [String]) -> [String] {
        var byStart: [UInt16: [[UInt8]]] = [:]
        for spelling in words.flatMap({ ByteSearch.spellings(of: $0) }) {
            let bytes = Array(spelling)
            byStart[UInt16(bytes[0]) | UInt16(bytes[1]) << 8, default: []].append(bytes)
        }
        let isStart = (0...UInt16.max).map { byStart[$0] != nil }
        return regions.flatMap { region in
            region.withUnsafeBytes { Self.find(byStart, isStart, in: $0) }
        }
    }

    private static func find(
        _ byStart: [UInt16: [[UInt8]]], _ isStart: [Bool], in region: UnsafeRawBufferPointer
    ) -> [String] {
        var found: [String] = []
        guard let start = region.baseAddress else { return found }
        isStart.withUnsafeBufferPointer { isStart in
            for place in 0..<max(0, region.count - 1) {
                let key = start.loadUnaligned(fromByteOffset: place, as: UInt16.self)
                guard isStart[Int(key)], let sought = byStart[key] else { continue }
                for word in sought where place + word.count <= region.count {
                    guard memcmp(start + place, word, word.count) == 0 else { continue }
                    let around = region[max(0, place - 16)..<min(region.count, place + word.count + 16)]
                    found.append(String(decoding: around.map { (0x20..<0x7F).contains($0) ? $0 : 0x2E }, as: UTF8.self))
                }
            }
        }
        return found
    }
}
