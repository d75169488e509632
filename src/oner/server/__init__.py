"""The Videos API over HTTP. Only `wire` knows its shapes; only this room imports the web framework."""
