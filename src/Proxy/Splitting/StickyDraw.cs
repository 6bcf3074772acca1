using Microsoft.Extensions.Primitives;
using Snapback.Control.Rollouts;
using Snapback.Control.Signing;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Splitting;

/// <summary>A request's number in [0, 10 000): that of its user if it shows a sticky key, and random otherwise.</summary>
internal sealed class StickyDraw(RolloutPlan plan, KeyRing keys, TimeProvider time)
{
    private readonly StickyKey[] _keys = [.. plan.Sticky];
    private readonly UserBucket _bucket = new(plan);
    private readonly StickyCookie _cookie = new(plan.Name, keys, time);

    /// <param name="client">Tells one client's retries from many clients' failures; 0 if nothing is known of it.</param>
    public int Of(HttpContext context, Generation generation, out ulong client)
    {
        foreach (var key in _keys)
        {
            if (TryDraw(context, key, generation, out var draw, out client))
            {
                return draw;
            }
        }

        return Random(out client);
    }

    /// <summary>The sticky key as text, as an application reads it; null without one, and for Snapback's own cookie, which applications do not know.</summary>
    public string? UserOf(HttpContext context)
    {
        foreach (var key in _keys)
        {
            var user = key.Source switch
            {
                StickySource.Ip => ForwardedFor.Of(context.Connection.RemoteIpAddress),
                StickySource.Header => FirstOf(context.Request.Headers[key.Name]) is { } value ? WireText.Of(value) : null,
                StickySource.Claim => context.User.FindFirst(key.Name)?.Value,
                StickySource.Cookie => CookieHeader.TryFind(context.Request.Headers.Cookie, key.Name, out var cookie) ? WireText.Of(cookie.ToString()) : null,
                _ => null,
            };
            if (!string.IsNullOrEmpty(user))
            {
                return user;
            }
        }

        return null;
    }

    public static int Random(out ulong client)
    {
        client = 0;
        return System.Random.Shared.Next(Weight.Whole);
    }

    private bool TryDraw(HttpContext context, StickyKey key, Generation generation, out int draw, out ulong client)
    {
        (draw, client) = (0, 0);
        switch (key.Source)
        {
            case StickySource.Ip when context.Connection.RemoteIpAddress is { } address:
                draw = _bucket.Of(address, out client);
                return true;
            case StickySource.Header when FirstOf(context.Request.Headers[key.Name]) is { } value:
                draw = WireText.BucketOf(value, _bucket, out client);
                return true;
            case StickySource.Claim when context.User.FindFirst(key.Name) is { Value.Length: > 0 } claim:
                draw = _bucket.Of(claim.Value, out client);
                return true;
            case StickySource.SignedCookie:
                draw = OfSignedCookie(context, generation, out client);
                return true;
            case StickySource.Cookie when CookieHeader.TryFind(context.Request.Headers.Cookie, key.Name, out var cookie):
                draw = WireText.BucketOf(cookie, _bucket, out client);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The first value that is not empty, as of cookies.</summary>
    private static string? FirstOf(StringValues values)
    {
        foreach (var value in values)
        {
            if (!string.IsNullOrEmpty(value))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>A client without a valid cookie draws at random and is given one, unless the generation is closed and the draw no longer matters.</summary>
    private int OfSignedCookie(HttpContext context, Generation generation, out ulong client)
    {
        if (generation.Word.Closed)
        {
            return Random(out client);
        }

        if (_cookie.TryRead(context.Request, generation.Number, out var draw))
        {
            client = (ulong)draw + 1;
            return draw;
        }

        draw = Random(out client);
        _cookie.Give(context, generation.Number, draw);
        return draw;
    }
}
