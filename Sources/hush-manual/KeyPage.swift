import Configuration

/// hushd.yaml(5), from the table of keys.
struct KeyPage {
  let text: String

  init(version: String) {
    var page = Roff("hushd.yaml", 5, version: version, "File Formats")
    page.heading("NAME")
    page.marked("hushd.yaml \\- configuration of hushd")
    page.heading("SYNOPSIS")
    page.marked(Roff.italic(Configuration.usualPath))
    page.heading("DESCRIPTION")
    page.add(
      "A file in YAML tells hushd where sound comes from, where it goes and what is removed from it. "
        + "Every key may be left out, and then has its default; without a file all have.")
    page.paragraph()
    page.add(
      "Over the file goes the environment, in which each key has a variable, and over that the "
        + "command line (hushd --set capture.device=...). A mistake ends hushd at its start with "
        + "exit code 78 and a line that says where it is; at a reload it is logged, and all goes on "
        + "as before. hushd --check tests a file; hushd --print-config writes one with every key in "
        + "it explained.")
    page.paragraph()
    page.add(
      "A reload (SIGHUP, systemctl reload hushd) takes over the keys marked \"live\" below; the "
        + "others take a restart.")
    for section in Section.all {
      page.heading(section.name.uppercased())
      page.add(section.description)
      for key in section.keys {
        page.item(Roff.bold(key.name), "\(key.description) \(key.rangeText) (\(key.variable))")
      }
    }
    page.heading("FILES")
    page.item(Roff.italic(Configuration.usualPath), "Read if it is there and no other is named.")
    page.heading("EXAMPLES")
    page.add("A USB microphone to headphones, with some of the noise left:")
    page.example([
      "capture:", "  device: hw:CARD=Microphone", "output:", "  device: plughw:CARD=Headphones",
      "denoise:", "  strength: 18dB",
    ])
    page.paragraph()
    page.add("A recording an hour, the last week kept:")
    page.example([
      "output:", "  type: file", "  path: \"/var/lib/hushd/%Y%m%d-%H%M%S.flac\"", "  rotate:",
      "    seconds: 1h", "    keep: 168",
    ])
    page.heading("SEE ALSO")
    page.marked("\(Roff.bold("hushd"))(8), \(Roff.bold("hush"))(1)")
    text = page.text
  }
}
