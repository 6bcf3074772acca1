using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Snapback.Control.Admin;

/// <summary>The tokens that open the admin side, as SHA-256: nobody who reads the configuration or the memory has one.</summary>
/// <param name="Shared">Null for none.</param>
/// <param name="Named">By the person or pipeline that each stands for.</param>
public sealed record AdminTokens(byte[]? Shared, ImmutableSortedDictionary<string, byte[]> Named)
{
    public const string Key = "Admin";

    public static readonly AdminTokens None = new(null, ImmutableSortedDictionary<string, byte[]>.Empty);

    private const string Prefix = "sha256:";
    private const int LongestName = 100;

    /// <summary>Without any, whoever reaches the listener may command, which is only for loopback.</summary>
    public bool Any => Shared is not null || !Named.IsEmpty;

    public static AdminTokens Of(string? shared) => None with { Shared = shared is null ? null : Hash(shared) };

    /// <summary>The configuration's <c>Snapback:Admin:Tokens</c>: name to <c>sha256:HEX</c> of the token.</summary>
    /// <param name="problems">Gets a sentence for everything that is wrong.</param>
    public static AdminTokens Read(string? shared, IConfiguration snapback, ICollection<string> problems)
    {
        var named = ImmutableSortedDictionary.CreateBuilder<string, byte[]>(StringComparer.Ordinal);
        foreach (var token in snapback.GetSection(Key + ":Tokens").GetChildren())
        {
            if (token.Key.Length > LongestName || token.Key.Any(char.IsControl))
            {
                problems.Add($"{token.Path}: a name has at most {LongestName} printable characters.");
            }
            else if (token.Value is { Length: 71 } value
                && value.StartsWith(Prefix, StringComparison.Ordinal)
                && value[Prefix.Length..].All(char.IsAsciiHexDigit))
            {
                named[token.Key] = Convert.FromHexString(value.AsSpan(Prefix.Length));
            }
            else
            {
                problems.Add(
                    $"{token.Path} is no SHA-256 of a token. Write {Prefix} and the 64 digits that this prints: printf %s \"$TOKEN\" | sha256sum");
            }
        }

        return Of(shared) with { Named = named.ToImmutable() };
    }

    /// <summary>By whose name they are told: nobody sees a token.</summary>
    public string Told => Any ? string.Join(", ", [.. Shared is null ? [] : (string[])["the shared one"], .. Named.Keys]) : "none";

    public bool Equals(AdminTokens? other) => other is not null
        && (Shared ?? []).SequenceEqual(other.Shared ?? [])
        && Named.Count == other.Named.Count
        && Named.All(one => other.Named.TryGetValue(one.Key, out var its) && its.SequenceEqual(one.Value));

    public override int GetHashCode() => Named.Count;

    /// <summary>Whose token this is; null if it opens nothing.</summary>
    public AdminCaller? Holder(string token)
    {
        // All are compared, so that the time tells nothing.
        var hash = Hash(token);
        string? name = null;
        foreach (var (owner, its) in Named)
        {
            name = CryptographicOperations.FixedTimeEquals(hash, its) ? owner : name;
        }

        return name is not null || (Shared is not null && CryptographicOperations.FixedTimeEquals(hash, Shared)) ? Caller(name) : null;
    }

    internal AdminCaller Caller(string? name) => new(name, Named.Keys.ToImmutableHashSet(StringComparer.OrdinalIgnoreCase));

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
