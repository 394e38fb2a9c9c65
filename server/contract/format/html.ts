const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Escapes text for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A page of one file that needs nothing else: no scripts, nothing loaded. @param heading text, escaped here @param body HTML below the heading */
export function htmlPage({ heading, style, body }: { readonly heading: string; readonly style: string; readonly body: string }): string {
  const text = escapeHtml(heading);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${text}</title>
<style>${style}</style>
</head>
<body>
<h1>${text}</h1>
${body}
</body>
</html>
`;
}
