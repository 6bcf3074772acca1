namespace Snapback.Control.Rollouts;

/// <summary>What a sticky key is read from.</summary>
public enum StickySource
{
    Cookie,
    Header,
    Ip,

    /// <summary>A claim of the caller's verified token.</summary>
    Claim,

    /// <summary>Snapback's own cookie, which carries a draw and is signed.</summary>
    SignedCookie,
}

/// <summary>One place where a sticky key may stand.</summary>
/// <param name="Name">Of the cookie, header or claim; empty for the client's address and the signed cookie.</param>
public sealed record StickyKey(StickySource Source, string Name)
{
    public override string ToString() => Source switch
    {
        StickySource.Ip => "ip",
        StickySource.SignedCookie => "signedCookie",
        StickySource.Header => $"header:{Name}",
        StickySource.Claim => $"claim:{Name}",
        _ => $"cookie:{Name}",
    };
}

/// <summary>The function from a sticky key to a draw; see <see cref="UserBucket"/>.</summary>
public enum Bucketing
{
    Fast,

    /// <summary>The one that Microsoft.FeatureManagement uses in applications.</summary>
    FeatureManagement,
}
