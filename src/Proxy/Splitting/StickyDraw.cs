using System.IO.Hashing;
using System.Net;
using System.Text;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Splitting;

/// <summary>
/// A request's number in [0, 10 000). With a sticky key it is XXH3-64 of the key's UTF-8 bytes, seeded with XXH3-64 of the
/// rollout's name, its upper 32 bits scaled to the range: the same user has the same number on every replica and in every
/// generation, so a growing weight only ever adds users. Without one it is random.
/// </summary>
internal sealed class StickyDraw(RolloutPlan plan)
{
    /// <summary>A longer key is no session id; hashing only its start keeps a header bomb cheap.</summary>
    private const int MaxKeyChars = 512;

    private readonly StickyKey[] _keys = [.. plan.Sticky];
    private readonly long _seed = unchecked((long)XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(plan.Name)));

    public int Of(HttpContext context, bool sticky)
    {
        if (sticky)
        {
            foreach (var key in _keys)
            {
                if (TryOf(context, key, out var draw))
                {
                    return draw;
                }
            }
        }

        return Random.Shared.Next(Weight.Whole);
    }

    public int OfKey(ReadOnlySpan<char> key)
    {
        key = key[..Math.Min(key.Length, MaxKeyChars)];
        Span<byte> utf8 = stackalloc byte[MaxKeyChars * 3];
        return Scale(utf8[..Encoding.UTF8.GetBytes(key, utf8)]);
    }

    private bool TryOf(HttpContext context, StickyKey key, out int draw)
    {
        draw = 0;
        switch (key.Source)
        {
            case StickySource.Ip:
                return TryOf(context.Connection.RemoteIpAddress, out draw);
            case StickySource.Header when context.Request.Headers[key.Name] is [{ Length: > 0 } value, ..]:
                draw = OfKey(value);
                return true;
            case StickySource.Cookie:
                foreach (var line in context.Request.Headers.Cookie)
                {
                    if (CookieHeader.TryFind(line, key.Name, out var cookie) && cookie.Length > 0)
                    {
                        draw = OfKey(cookie);
                        return true;
                    }
                }

                return false;
            default:
                return false;
        }
    }

    private bool TryOf(IPAddress? address, out int draw)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address is null || !address.MapToIPv6().TryWriteBytes(bytes, out var written))
        {
            draw = 0;
            return false;
        }

        draw = Scale(bytes[..written]);
        return true;
    }

    private int Scale(ReadOnlySpan<byte> key) => (int)(((XxHash3.HashToUInt64(key, _seed) >> 32) * Weight.Whole) >> 32);
}
