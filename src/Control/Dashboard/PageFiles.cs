using System.Collections.Frozen;
using System.IO.Hashing;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Snapback.Control.Admin;

namespace Snapback.Control.Dashboard;

/// <summary>The page's own files, embedded, with the headers that keep everything else out of it. They hold no data.</summary>
internal sealed class PageFiles
{
    public const string Index = "index.html";

    private const string Prefix = "page/";

    /// <summary>No inline script or style, no other origin, no frame, and no text that becomes markup.</summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'";

    private readonly FrozenDictionary<string, PageFile> _files;

    private PageFiles(FrozenDictionary<string, PageFile> files) => _files = files;

    public static PageFiles Read()
    {
        var assembly = typeof(PageFiles).Assembly;
        return new PageFiles(assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Prefix.Length..], name =>
            {
                using var source = assembly.GetManifestResourceStream(name)!;
                var bytes = new byte[source.Length];
                source.ReadExactly(bytes);
                return new PageFile(bytes, TypeOf(name), $"\"{XxHash3.HashToUInt64(bytes):x16}\"");
            }, StringComparer.Ordinal));
    }

    public Task WriteAsync(string name, HttpContext context)
    {
        if (!_files.TryGetValue(name, out var file))
        {
            return Answers.Problem(404, "Not found", "The page has no such file.").ExecuteAsync(context);
        }

        var (request, response) = (context.Request, context.Response);
        var headers = response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // Asked for each time, so that a page never outlives the proxy that it was made for.
        headers.CacheControl = "no-cache";
        headers.ETag = file.Tag;
        if (request.Headers.IfNoneMatch.ToString() == file.Tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        headers[HeaderNames.ContentType] = file.Type;
        response.ContentLength = file.Bytes.Length;
        return HttpMethods.IsHead(request.Method) ? Task.CompletedTask : response.Body.WriteAsync(file.Bytes, context.RequestAborted).AsTask();
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".js" => "text/javascript; charset=utf-8",
        var other => throw new InvalidOperationException($"The page has no files of kind '{other}'."),
    };

    private sealed record PageFile(byte[] Bytes, string Type, string Tag);
}
