window.Redoc.init("/api/openapi.json", {}, document.querySelector("#redoc"));
