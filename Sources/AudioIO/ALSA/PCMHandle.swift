import CALSA
import Glibc

/// An open PCM that has not been set up, or is looked at only; closed when it goes.
final class PCMHandle {
  let pointer: OpaquePointer
  private var isOwned = true

  /// Opens without waiting for another program to let go of the device.
  init(_ request: PCMRequest) throws(PCMError) {
    var handle: OpaquePointer?
    let stream =
      request.direction == .capture ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK
    let (result, words) = ALSALibrary.listening {
      snd_pcm_open(&handle, request.device, stream, Int32(SND_PCM_NONBLOCK))
    }
    guard result == 0, let handle else {
      throw PCMError(request, number: result, doing: "be opened", words: words)
    }
    pointer = handle
  }

  deinit {
    if isOwned { snd_pcm_close(pointer) }
  }

  /// The PCM, which the caller closes from now on.
  func take() -> OpaquePointer {
    isOwned = false
    return pointer
  }
}
