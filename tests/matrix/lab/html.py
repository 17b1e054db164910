"""Matrix HTML, read as strictly as the most careful client would."""

from html.parser import HTMLParser

SHOWN_EVERYWHERE = {
    *("p", "br", "strong", "em", "b", "i", "code", "pre", "ul", "ol", "li", "blockquote", "a", "h3", "h4", "hr"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
"""Tags that every client shows as meant. `mark`, for one, is printed raw by nheko."""

_EMPTY = {"br", "hr"}
_ATTRIBUTES = {("a", "href"), ("ol", "start"), ("code", "class")}
_SCHEMES = ("https://", "http://", "mailto:")


class Html(HTMLParser):
    """The text, tags and links of a formatted body; `wrong` lists what some client might not take."""

    def __init__(self, formatted_body: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.wrong: list[str] = []
        self._open: list[str] = []
        self.feed(formatted_body)
        self.close()
        self.wrong += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes a tag, and what it must not be or have."""
        self.tags.add(tag)
        if tag not in SHOWN_EVERYWHERE:
            self.wrong.append(f"<{tag}> is not shown everywhere")
        for name, value in attrs:
            if (tag, name) not in _ATTRIBUTES:
                self.wrong.append(f"<{tag}> has {name}={value}")
            if name == "href":
                self._link(value or "")
        if tag not in _EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Closes the tag that was opened last, or notes that it is another."""
        if tag in _EMPTY:
            return
        if not self._open or self._open.pop() != tag:
            self.wrong.append(f"</{tag}> closes what it has not opened")

    def handle_data(self, data: str) -> None:
        """Collects the text."""
        self.text += data

    def _link(self, address: str) -> None:
        self.links.append(address)
        if not address.startswith(_SCHEMES):
            self.wrong.append(f"a link to {address}")
