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

    /// <param name="client">Hash of the sticky key, to tell one client's retries from many clients' failures; 0 without one.</param>
    public int Of(HttpContext context, bool sticky, out ulong client)
    {
        if (sticky)
        {
            foreach (var key in _keys)
            {
                if (TryHash(context, key, out client))
                {
                    return Scale(client);
                }
            }
        }

        client = 0;
        return Random.Shared.Next(Weight.Whole);
    }

    public int OfKey(ReadOnlySpan<char> key) => Scale(HashOf(key));

    private ulong HashOf(ReadOnlySpan<char> key)
    {
        key = key[..Math.Min(key.Length, MaxKeyChars)];
        Span<byte> utf8 = stackalloc byte[MaxKeyChars * 3];
        return XxHash3.HashToUInt64(utf8[..Encoding.UTF8.GetBytes(key, utf8)], _seed);
    }

    private bool TryHash(HttpContext context, StickyKey key, out ulong hash)
    {
        hash = 0;
        switch (key.Source)
        {
            case StickySource.Ip:
                return TryHash(context.Connection.RemoteIpAddress, out hash);
            case StickySource.Header when context.Request.Headers[key.Name] is [{ Length: > 0 } value, ..]:
                hash = HashOf(value);
                return true;
            case StickySource.Cookie:
                foreach (var line in context.Request.Headers.Cookie)
                {
                    if (CookieHeader.TryFind(line, key.Name, out var cookie) && cookie.Length > 0)
                    {
                        hash = HashOf(cookie);
                        return true;
                    }
                }

                return false;
            default:
                return false;
        }
    }

    private bool TryHash(IPAddress? address, out ulong hash)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address is null || !address.MapToIPv6().TryWriteBytes(bytes, out var written))
        {
            hash = 0;
            return false;
        }

        hash = XxHash3.HashToUInt64(bytes[..written], _seed);
        return true;
    }

    private static int Scale(ulong hash) => (int)(((hash >> 32) * Weight.Whole) >> 32);
}
