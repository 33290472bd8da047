"""The demo study: fictional cases, drawn images, readings and answers, all made for this tool."""
