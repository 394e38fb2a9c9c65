const hues = 7;
const dashes = ['', 'stroke-dasharray:6 3', 'stroke-dasharray:2 3', 'stroke-dasharray:10 3 2 3'];
/** Curves of more runs cannot be told apart. */
export const mostSharedCurves = hues * dashes.length - 4;

function lineStyle(hue: number, colour: string): string {
  return `${dashes.map((dash, at) => `.line${at * hues + hue}{stroke:${colour};${dash}}`).join('')}`;
}

/** Of a page that compares runs: light, dark, and the colours of who has chosen them. */
export const comparisonStyle = `body{font:15px/1.5 system-ui,sans-serif;max-width:1200px;margin:32px auto;padding:0 16px;color:#1f2328;background:#fff}
h1{font-size:1.5em;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:1.1em;margin:28px 0 8px}p{margin:4px 0;overflow-wrap:anywhere}.muted{color:#59636e}.better{color:#116329}.worse{color:#a40e26}a{color:#0550ae}
.wide{overflow-x:auto}table{border-collapse:collapse}th,td{text-align:left;vertical-align:top;padding:5px 14px 5px 0;border-bottom:1px solid #d1d9e0;max-width:340px;overflow-wrap:break-word}th{font-weight:600}td.whole{white-space:nowrap}td.number,th.number{text-align:right;white-space:nowrap}th[scope=row]{min-width:min(240px,34vw);max-width:min(280px,36vw);font-weight:400;position:sticky;left:0;background:#fff}.within th[scope=row]{padding-left:22px}
.best{font-weight:700}.reference th[scope=row]::after{content:" (reference)";font-size:.85em}summary{cursor:pointer;margin:20px 0 8px;font-weight:600}.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(340px,100%),1fr));gap:16px}figure{margin:0}figcaption{font-weight:600;overflow-wrap:anywhere}
svg{display:block;width:100%;font-size:11px;fill:currentColor}.axis{fill:none;stroke:#8c959f}.line{fill:none;stroke-width:1.8}.keys{display:flex;flex-wrap:wrap;gap:4px 18px;padding:0;list-style:none}.keys svg{display:inline-block;width:28px;height:10px;vertical-align:middle}
${['#0969da', '#bc4c00', '#1a7f37', '#8250df', '#cf222e', '#7d6200', '#0f766e'].map((colour, hue) => lineStyle(hue, colour)).join('')}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}.muted{color:#9198a1}.better{color:#3fb950}.worse{color:#ff7b72}a{color:#79c0ff}th,td{border-color:#3d444d}th[scope=row]{background:#0d1117}${['#58a6ff', '#f0883e', '#3fb950', '#d2a8ff', '#ff7b72', '#e3b341', '#39c5cf'].map((colour, hue) => lineStyle(hue, colour)).join('')}}
@media(forced-colors:active){.line{stroke:CanvasText}}`;
