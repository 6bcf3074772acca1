using System.Globalization;
using Microsoft.Net.Http.Headers;
using Snapback.Control.Rollouts;
using Snapback.Control.Signing;

namespace Snapback.Proxy.Splitting;

/// <summary>
/// Snapback's own cookie: it carries a draw, so that an application without any user id is split stickily. It is signed, identifies
/// nobody, and holds for one generation only. An invalid or outdated one is treated as absent.
/// </summary>
internal sealed class StickyCookie(string rollout, KeyRing keys, TimeProvider time)
{
    /// <summary>Longer than a rollout takes: the end of the generation is what ends a cookie's meaning.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    private readonly string _name = $"snapback-{rollout}";
    private readonly SignedText _signed = new(keys, $"sticky\n{rollout}");

    public bool TryRead(HttpRequest request, long generation, out int draw)
    {
        foreach (var line in request.Headers.Cookie)
        {
            var rest = line.AsSpan();
            while (CookieHeader.TryTake(ref rest, _name, out var value))
            {
                // A sibling domain may have set a cookie of the same name, which comes first: without a look at the second the user would draw anew each time.
                if (TryRead(value, generation, out draw))
                {
                    return true;
                }
            }
        }

        draw = 0;
        return false;
    }

    /// <summary>Sets the cookie on the response, whichever arm gives it in the end.</summary>
    public void Give(HttpContext context, long generation, int draw) => context.Response.OnStarting(() =>
    {
        if (!IsShared(context.Response.Headers.CacheControl.ToString()))
        {
            context.Response.Headers.Append(HeaderNames.SetCookie, Text(generation, draw, context.Request.IsHttps));
        }

        return Task.CompletedTask;
    });

    private bool TryRead(ReadOnlySpan<char> value, long generation, out int draw)
    {
        draw = 0;
        Span<Range> parts = stackalloc Range[4];
        return _signed.TryVerify(value, out var payload)
            && payload.Split(parts, '.') == 3
            && Number(payload[parts[0]]) == generation
            && Number(payload[parts[2]]) > time.GetUtcNow().ToUnixTimeSeconds()
            && (draw = (int)Number(payload[parts[1]])) is >= 0 and < Weight.Whole;
    }

    private static long Number(ReadOnlySpan<char> text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private string Text(long generation, int draw, bool isHttps)
    {
        var expires = (time.GetUtcNow() + Lifetime).ToUnixTimeSeconds();
        var value = _signed.Sign(string.Create(CultureInfo.InvariantCulture, $"{generation}.{draw}.{expires}"));
        return $"{_name}={value}; max-age={(int)Lifetime.TotalSeconds}; path=/; samesite=lax; httponly{(isHttps ? "; secure" : "")}";
    }

    /// <summary>A shared cache may store the response, and would hand one user's cookie to everybody.</summary>
    private static bool IsShared(string cacheControl) =>
        cacheControl.Contains("public", StringComparison.OrdinalIgnoreCase) || cacheControl.Contains("s-maxage", StringComparison.OrdinalIgnoreCase);
}
