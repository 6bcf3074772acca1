using System.Globalization;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Signing;

/// <summary>
/// Lets its bearer choose an arm of one rollout until it expires: <c>KEY.ROLLOUT.ARM.EXPIRY.MAC</c>. It opens nothing that a
/// rollback has closed.
/// </summary>
public sealed class OverrideToken(KeyRing keys)
{
    /// <summary>Where a request carries it.</summary>
    public const string Header = "x-snapback-override";

    private readonly SignedText _signed = new(keys, "override");

    /// <param name="rollout">A rollout's name, which has no dot.</param>
    public string Make(string rollout, Arm arm, DateTimeOffset expires) =>
        _signed.Sign(string.Create(CultureInfo.InvariantCulture, $"{rollout}.{Word(arm)}.{expires.ToUnixTimeSeconds()}"));

    public bool TryRead(ReadOnlySpan<char> token, DateTimeOffset now, out ReadOnlySpan<char> rollout, out Arm arm)
    {
        rollout = default;
        arm = Arm.Stable;
        Span<Range> parts = stackalloc Range[4];
        if (!_signed.TryVerify(token, out var payload) || payload.Split(parts, '.') != 3)
        {
            return false;
        }

        rollout = payload[parts[0]];
        return TryParse(payload[parts[1]], out arm)
            && long.TryParse(payload[parts[2]], NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
            && now.ToUnixTimeSeconds() < expires;
    }

    public static string Word(Arm arm) => arm == Arm.Canary ? "canary" : "stable";

    public static bool TryParse(ReadOnlySpan<char> word, out Arm arm)
    {
        arm = word is "canary" ? Arm.Canary : Arm.Stable;
        return word is "canary" or "stable";
    }
}
