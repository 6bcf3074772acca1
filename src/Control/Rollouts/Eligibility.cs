namespace Snapback.Control.Rollouts;

/// <summary>What the segment says of a request, before the weight does.</summary>
public enum Eligibility
{
    /// <summary>The weight decides.</summary>
    ByWeight,

    /// <summary>Stable, until the canary was promoted: then there is only one version.</summary>
    Never,

    /// <summary>The canary at any weight above 0.</summary>
    Always,
}
