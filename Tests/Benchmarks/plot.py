"""Draws bars as SVG, once for a light page and once for a dark one: text and rectangles, without fonts or scripts of their own."""
from xml.sax.saxutils import escape

LIGHT = {"text": "#1f2328", "quiet": "#59636e", "line": "#d1d9e0", "ours": "#2f6f4f", "other": "#b7bfc8"}
DARK = {"text": "#e6edf3", "quiet": "#9198a1", "line": "#3d444d", "ours": "#5fb38a", "other": "#59636e"}
WIDTH, LABEL, BAR, GAP, TOP = 720, 272, 22, 12, 62


def bars(title, note, rows, colors):
    """One picture.

    rows: (label, value, text behind the bar, whether it is ours), from top to bottom; bars are as long as their values.
    """
    longest = max(value for _, value, _, _ in rows) or 1
    room = WIDTH - LABEL - 130
    height = TOP + len(rows) * (BAR + GAP) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'aria-label="{escape(title, {chr(34): "&quot;"})}" font-family="system-ui, sans-serif" font-size="14">',
        f'<text x="0" y="18" fill="{colors["text"]}" font-size="16" font-weight="600">{escape(title)}</text>',
        f'<text x="0" y="40" fill="{colors["quiet"]}" font-size="13">{escape(note)}</text>',
        f'<path d="M{LABEL} {TOP - 8}V{height - 8}" stroke="{colors["line"]}"/>',
    ]
    for index, (label, value, text, is_ours) in enumerate(rows):
        y = TOP + index * (BAR + GAP)
        width = max(1, round(room * value / longest))
        middle = y + BAR / 2 + 5
        weight = ' font-weight="600"' if is_ours else ""
        parts.append(f'<text x="{LABEL - 12}" y="{middle}" text-anchor="end" fill="{colors["text"]}"{weight}>{escape(label)}</text>')
        parts.append(f'<rect x="{LABEL}" y="{y}" width="{width}" height="{BAR}" rx="3" '
                     f'fill="{colors["ours" if is_ours else "other"]}"/>')
        parts.append(f'<text x="{LABEL + width + 10}" y="{middle}" fill="{colors["text"]}">{escape(text)}</text>')
    return "\n".join(parts + ["</svg>", ""])


def write(folder, name, title, note, rows):
    """Writes NAME-light.svg and NAME-dark.svg."""
    for suffix, colors in (("light", LIGHT), ("dark", DARK)):
        with open(f"{folder}/{name}-{suffix}.svg", "w", encoding="utf-8") as file:
            file.write(bars(title, note, rows, colors))
