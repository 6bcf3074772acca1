using System.Buffers.Binary;
using System.IO.Hashing;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Snapback.Control.Rollouts;

/// <summary>
/// A user's number in [0, 10 000), a function of the sticky key that is fixed for ever: the same user has the same number on
/// every replica and in every generation, so a growing weight only ever adds users. Only the key's first 512 UTF-16 units count.
/// <list type="bullet">
/// <item><b>fast</b>: XXH3-64 of the key's UTF-8 bytes, seeded with XXH3-64 of the rollout's name; its upper 32 bits scaled
/// to the range. An address is its 16 bytes as IPv6.</item>
/// <item><b>featureManagement</b>: the first 4 bytes, little-endian, of SHA-256(key "\n" seed), as a share of 2³²−1: what
/// Microsoft.FeatureManagement compares with a percentile. An address is its text.</item>
/// </list>
/// </summary>
public sealed class UserBucket
{
    /// <summary>A longer key is no session id; hashing only its start keeps a header bomb cheap.</summary>
    public const int MaxKeyChars = 512;

    private readonly long _seed;
    private readonly byte[]? _suffix;

    public UserBucket(RolloutPlan plan)
    {
        _seed = unchecked((long)XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(plan.Name)));
        _suffix = plan.Bucketing == Bucketing.FeatureManagement
            ? Encoding.UTF8.GetBytes($"\n{plan.BucketSeed ?? DefaultSeed(plan.Flag ?? plan.Name)}")
            : null;
    }

    /// <summary>What Microsoft.FeatureManagement puts behind the user for a flag's percentile allocation without a seed of its own.</summary>
    public static string DefaultSeed(string flag) => $"allocation\n{flag}";

    /// <param name="client">Tells this user from others; never 0.</param>
    public int Of(ReadOnlySpan<char> key, out ulong client)
    {
        key = key[..Math.Min(key.Length, MaxKeyChars)];
        Span<byte> utf8 = stackalloc byte[MaxKeyChars * 3];
        return OfBytes(utf8[..Encoding.UTF8.GetBytes(key, utf8)], out client);
    }

    public int Of(IPAddress address, out ulong client)
    {
        if (_suffix is not null)
        {
            Span<char> text = stackalloc char[64];
            // The arms hear of an IPv4 client as IPv4, over a dual-stack socket too.
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            return Of(address.TryFormat(text, out var length) ? text[..length] : default, out client);
        }

        Span<byte> bytes = stackalloc byte[AddressBytes.Length];
        AddressBytes.Write(address, bytes);
        return OfBytes(bytes, out client);
    }

    private int OfBytes(ReadOnlySpan<byte> key, out ulong client)
    {
        var hash = _suffix is null ? XxHash3.HashToUInt64(key, _seed) : Sha256(key, _suffix);
        client = Math.Max(hash, 1);
        return _suffix is null
            ? (int)(((hash >> 32) * Weight.Whole) >> 32)
            // The very top of the range is inside 100 %, as it is there.
            : (int)Math.Min((hash & uint.MaxValue) * Weight.Whole / uint.MaxValue, Weight.Whole - 1);
    }

    private static ulong Sha256(ReadOnlySpan<byte> key, byte[] suffix)
    {
        Span<byte> text = stackalloc byte[key.Length + suffix.Length];
        key.CopyTo(text);
        suffix.CopyTo(text[key.Length..]);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text, digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }
}
