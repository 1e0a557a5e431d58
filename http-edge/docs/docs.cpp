#include "http-edge/docs/docs.hpp"

#include "events/codec.hpp"
#include "http-edge/docs/viewer.hpp"
#include "http-edge/server/services.hpp"

#include <fstream>
#include <iterator>

namespace jangteo::edge::docs {

namespace {

/// Nothing stands in the page itself that runs: the edge's Content-Security-Policy lets only its own files.
constexpr std::string_view html =
    R"(<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Jangteo API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="document"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
)";

constexpr std::string_view start =
    R"(SwaggerUIBundle({ url: "/openapi.json", dom_id: "#document", deepLinking: true, docExpansion: "none" });
)";

std::string contents(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

const Viewer& viewer_of(const Exchange& x)
{
    const auto& viewer = x.services.viewer;
    if (viewer.complete()) return viewer;
    std::string details = R"({"document":"/openapi.json","docsFolder":)";
    events::append_json(details, viewer.folder);
    throw Problem(
        "COMMON_404", details + '}',
        {"문서 화면이 설치되어 있지 않습니다. docs-folder 설정을 확인해 주세요. 문서는 /openapi.json에 있습니다",
         "The viewer is not installed: see the setting docs-folder. The document is at /openapi.json"});
}

Response file_of(std::string_view contents, std::string_view type)
{
    Response response;
    response.body = contents;
    response.content_type = type;
    return response;
}

}  // namespace

Viewer read_viewer(const std::string& folder)
{
    if (folder.empty()) return {};
    return {folder, contents(folder + "/swagger-ui-bundle.js"), contents(folder + "/swagger-ui.css")};
}

Awaitable<Response> document(Exchange& x)
{
    Response response;
    response.body = x.services.descriptions.document();
    co_return response;
}

Awaitable<Response> page(Exchange& x)
{
    static_cast<void>(viewer_of(x));
    co_return file_of(html, "text/html; charset=utf-8");
}

Awaitable<Response> file(Exchange& x)
{
    const auto& viewer = viewer_of(x);
    const auto name = x.parameter("file");
    if (name == "start.js") co_return file_of(start, "text/javascript; charset=utf-8");
    if (name == "swagger-ui-bundle.js") co_return file_of(viewer.script, "text/javascript; charset=utf-8");
    if (name == "swagger-ui.css") co_return file_of(viewer.style, "text/css; charset=utf-8");
    throw Problem("COMMON_404");
}

}  // namespace jangteo::edge::docs
