using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Snapback.Control.Admin;

/// <summary>
/// Who may speak to the admin side. A page in a browser on this machine may not: a foreign Host is DNS rebinding, a foreign
/// Origin is a forged request. Behind that, the token, if one is set.
/// </summary>
public sealed class AdminGuard
{
    /// <summary>Health, and the live page's files: they hold no data, and ask for it with the token that is typed into them.</summary>
    private static readonly string[] Open = ["/healthz/live", "/healthz/ready", "/"];

    private const string PageFiles = "/page/";

    private readonly Func<AdminTokens> _tokens;
    private readonly bool _loopbackOnly;
    private readonly string _side = "admin";
    private readonly string _remedy = "Send the admin token as 'Authorization: Bearer …' (SNAPBACK_TOKEN or --token-file for the command line).";
    private readonly bool _takesCommands = true;

    /// <param name="tokens">Those that hold now, asked for each request; none for no authentication, which is only for loopback.</param>
    /// <param name="loopbackOnly">Every admin address is a loopback one, so that only loopback names are hosts.</param>
    public AdminGuard(Func<AdminTokens> tokens, bool loopbackOnly)
    {
        _tokens = tokens;
        _loopbackOnly = loopbackOnly;
    }

    private AdminGuard(Func<AdminTokens> tokens, bool loopbackOnly, string side, string remedy)
        : this(tokens, loopbackOnly) => (_side, _remedy, _takesCommands) = (side, remedy, false);

    /// <summary>Of the side that applications ask for flags: a token of its own, and no command that a foreign page could forge.</summary>
    public static AdminGuard OfFlags(Func<AdminTokens> tokens, bool loopbackOnly) =>
        new(tokens, loopbackOnly, "flags", "Send the flags token as 'Authorization: Bearer …' or 'X-API-Key: …'.");

    public void Use(IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Items[typeof(AdminGuard)] = this;
        var refusal = Refusal(context);
        if (refusal is IStatusCodeHttpResult { StatusCode: StatusCodes.Status401Unauthorized })
        {
            // RFC 9110, 15.5.2: without it some clients take the answer for a broken one.
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return refusal?.ExecuteAsync(context) ?? next(context);
    });

    /// <summary>What opened an answer that goes on for long opens it still; tokens are taken away meanwhile.</summary>
    public static bool StillOpens(HttpContext context) => context.Items[typeof(AdminGuard)] is not AdminGuard guard || guard.Refusal(context) is null;

    /// <summary>Whoever asks for what is open to all may be told more than that: no token is wanted, or the right one was shown.</summary>
    public static bool IsTrusted(HttpContext context) => context.Items[typeof(AdminGuard)] is not AdminGuard guard
        || guard._tokens() is var tokens && (!tokens.Any || tokens.Holder(Token(context.Request)) is not null);

    /// <summary>Changes nothing of the response, which may have begun.</summary>
    private IResult? Refusal(HttpContext context)
    {
        var request = context.Request;
        if (_loopbackOnly && !IsLoopback(request.Host.Host))
        {
            return Answers.Problem(
                421,
                "Wrong host",
                $"The {_side} side listens on loopback and does not answer for host '{request.Host.Host}'. Use 127.0.0.1 or localhost.");
        }

        if (_takesCommands && !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && IsCrossSite(request))
        {
            return Answers.Problem(403, "Cross-site", "A page of another site may not command this rollout.");
        }

        var tokens = _tokens();
        if (!tokens.Any || IsOpen(request.Path.Value))
        {
            return null;
        }

        var token = Token(request);
        if (tokens.Holder(token) is not { } caller)
        {
            return Answers.Problem(
                401,
                "Unauthorized",
                token.Length == 0
                    ? $"The {_side} side wants a token. {_remedy}"
                    : $"The token that was sent is not one of the {_side} side's. {_remedy}");
        }

        caller.AddTo(context);
        return null;
    }

    private static bool IsOpen(string? path) => Open.Contains(path) || path?.StartsWith(PageFiles, StringComparison.Ordinal) == true;

    private static string Token(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            ? header[scheme.Length..].TrimStart(' ')
            : request.Headers["X-API-Key"].ToString();
    }

    private static bool IsCrossSite(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0)
        {
            return site is not ("same-origin" or "none");
        }

        var origin = request.Headers.Origin.ToString();
        return origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority == request.Host.Value);
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
