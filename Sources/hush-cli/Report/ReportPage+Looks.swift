extension ReportPage {
  static let style = """
    :root{color-scheme:light dark;--ink:#1b2430;--soft:#5c6877;--page:#f6f7f9;--card:#fff;\
    --line:#dde2e8;--before:#c2571a;--after:#1769b0}
    @media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--page:#12161c;\
    --card:#1a2029;--line:#2d3642;--before:#f0a06a;--after:#6cb6f2}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
    main{max-width:1080px;margin:0 auto;padding:24px 20px 48px}
    .brand{margin:0;color:var(--after);font-weight:600;letter-spacing:.08em;\
    text-transform:uppercase;font-size:13px}
    h1{margin:0 0 16px;font-size:28px;overflow-wrap:anywhere}
    h2{margin:0 0 10px;font-size:17px}
    section,.figures{background:var(--card);border:1px solid var(--line);border-radius:10px;\
    padding:16px;margin:0 0 16px}
    .figures{display:flex;flex-wrap:wrap;gap:12px 36px}
    dt{color:var(--soft);font-size:13px}dd{margin:0;font-size:21px;font-weight:600}
    .graph{display:flex;gap:8px;margin-bottom:8px}
    .scale{width:34px;flex:none;display:flex;flex-direction:column;justify-content:space-between;\
    text-align:right;color:var(--soft);font-size:11px;line-height:1}
    .plot{position:relative;flex:1;min-width:0;cursor:pointer}
    .plot img{display:block;width:100%;height:256px;border-radius:4px}
    .wave{display:block;width:100%;height:72px}.wave path{fill:var(--soft)}
    .levels{display:block;width:100%;height:180px;border-block:1px solid var(--line)}
    .levels *{fill:none;stroke-width:1.3;vector-effect:non-scaling-stroke}
    .before{color:var(--before);stroke:var(--before)}.after{color:var(--after);stroke:var(--after)}
    b.before,b.after{stroke:none}.floor{stroke-dasharray:6 5}
    .head{position:absolute;top:0;bottom:0;left:0;width:1px;background:#fff;\
    mix-blend-mode:difference;display:none}
    audio{width:100%;height:40px}.note{color:var(--soft);font-size:14px;margin:4px 0 10px}h2 .note{font-weight:400}
    table{border-collapse:collapse;width:100%}
    th,td{text-align:left;padding:5px 12px 5px 0;border-top:1px solid var(--line);\
    vertical-align:top;overflow-wrap:anywhere}
    th{color:var(--soft);font-weight:500;white-space:nowrap;width:1%}
    """

  /// Starting one player stops the other at the same place, so the two can be compared; a line
  /// runs through the pictures, and a click in one goes there.
  static let script = """
    <script>
    const players=[...document.querySelectorAll('audio')],
    heads=[...document.querySelectorAll('.head')];
    let active=players[0];
    const draw=()=>{const at=active.currentTime/active.dataset.length;
    heads.forEach(h=>{h.style.display='block';h.style.left=100*at+'%'})};
    players.forEach(p=>{
    p.addEventListener('play',()=>{players.forEach(o=>{if(o!==p&&!o.paused){
    p.currentTime=o.currentTime;o.pause()}});active=p});
    p.addEventListener('timeupdate',()=>{if(p===active)draw()})});
    document.querySelectorAll('.plot').forEach(plot=>plot.addEventListener('click',e=>{
    const box=plot.getBoundingClientRect(),
    own=plot.closest('section').querySelector('audio');
    if(own&&active.paused)active=own;
    active.currentTime=(e.clientX-box.left)/box.width*active.dataset.length;draw()}));
    </script>
    """
}
