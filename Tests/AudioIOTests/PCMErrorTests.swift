import CALSA
import Glibc
import Testing
import VirtualCardSupport

@testable import AudioIO

extension ALSATests {
  @Suite struct Errors {
    @Test func aMissingDeviceListsThoseThereAre() {
      let card = VirtualCard(rate: 16_000)
      for name in ["nosuchpcm", "hw:CARD=Nowhere,DEV=0", "plughw:7,0"] {
        let error = ALSATests.trouble(PCMRequest(direction: .capture, device: name))
        #expect(error.kind == .missing, "\(error)")
        #expect(error.description.hasPrefix("capture \(name): there is no such device"))
        #expect(error.message.contains(card.captureName), "\(error)")
        #expect(!error.description.contains("\n"))
      }
    }

    @Test func aBusyDeviceSaysSo() {
      let card = VirtualCard(rate: 16_000)
      card.isBusy = true
      let error = ALSATests.trouble(PCMRequest(direction: .playback, device: card.playbackName))
      #expect(error.kind == .busy && error.errno == EBUSY)
      #expect(error.message.contains("in use by another program; fuser"))
    }

    @Test func whatTheDeviceCannotDoNamesWhatItCan() {
      var options = VirtualCard.Options()
      options.rates = [16_000, 44_100]
      options.formats = ["S16_LE", "S24_3LE"]
      options.isMappable = false
      let card = VirtualCard(options)
      func message(_ change: (inout PCMRequest) -> Void) -> String {
        var request = PCMRequest(direction: .capture, device: card.captureName)
        change(&request)
        let error = ALSATests.trouble(request)
        #expect(error.kind == .unsupported)
        return error.message
      }
      #expect(message { $0.rate = 48_000 } == "cannot run at 48000 Hz; it has 16000, 44100")
      #expect(message { $0.format = .float } == "has no float samples; it has s24_3le, s16")
      #expect(message { $0.channels = 6 } == "has no mode with 6 channels; it has 1 to 2")
      #expect(message { $0.routing = [4] }.contains("pick channels from 0 to 1"))
      #expect(message { ($0.channels, $0.routing) = (1, [1]) }.contains("with 1 channels the last"))
      #expect(message { $0.mapped = true } == "offers no mapped memory; leave mapped out")
      #expect(message { $0.periods = 4000 }.contains("cannot buffer 4000 periods of"))
      #expect(message { $0.period = 3_000_000 }.contains("no period of 3000000 frames"))
      #expect(message { $0.routing = [-1] }.contains("go from 0 to 31"))
      #expect(message { $0.streamChannels = 40 }.contains("ask for 1 to 32"))
    }

    @Test func aDeniedDeviceNamesTheGroup() {
      let request = PCMRequest(direction: .capture, device: "hw:0")
      let error = PCMError(request, number: -EACCES, doing: "be opened")
      #expect(error.kind == .denied && error.description.contains("audio group"))
      let unserved = PCMError(request, number: -ECONNREFUSED, doing: "be opened")
      #expect(unserved.kind == .missing && unserved.description.contains("sound server"))
    }

    /// What alsa-lib has to say comes here, instead of on standard error.
    @Test func alsasWordsAreKeptNotPrinted() {
      let heard = ALSALibrary.listening {
        var handle: OpaquePointer?
        return snd_pcm_open(&handle, "nosuchpcm", SND_PCM_STREAM_CAPTURE, 0)
      }
      #expect(heard.result == -ENOENT && heard.words.contains("nosuchpcm"), "\(heard)")
      #expect(ALSALibrary.listening { 0 }.words == "")
    }

    @Test func theDirectoryTellsWhatADeviceHas() throws {
      var options = VirtualCard.Options()
      options.rates = [8000, 16_000, 18_900]
      options.channels = 1...6
      options.formats = ["S16_LE", "S32_LE"]
      let card = VirtualCard(options)
      let there = PCMDirectory.devices().filter { $0.name == card.captureName }
      #expect(there.map(\.direction) == [.capture, .playback])
      let able = try PCMDirectory.capabilities(card.captureName, .capture)
      #expect(able.rates == [8000, 16_000, 18_900])
      #expect(able.formats == [.s32, .s16] && able.channels == 1...6 && able.isMappable)
      #expect(able.description == "Virtual card")
      #expect(able.period.lowerBound <= 16 && able.period.upperBound >= 8192)
      #expect(able.buffer.contains(1024))
    }
  }
}
