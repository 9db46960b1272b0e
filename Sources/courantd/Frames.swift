import CForget
import Foundation

/// The dead frames of the threads that Swift's tasks run on: a name that a call handled may stand there long after its
/// subscriber was erased.
enum Frames {
    /// Overwrites them once a second, for as long as the process lives.
    static func forget() {
        let width = 2 * ProcessInfo.processInfo.activeProcessorCount
        Task.detached {
            while !Task.isCancelled {
                // Twice as many as there are threads, so that each of them gets one.
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<width { group.addTask { courant_forget_frames() } }
                }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
