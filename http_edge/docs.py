def docs_page(): return ""
