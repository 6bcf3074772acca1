namespace Snapback.Control.Rollouts;

/// <summary>How a request got its arm, kept with it: its outcome is judged by the weight that held then.</summary>
/// <param name="Sequence">Number of the canary pick, counted from 1; 0 for stable.</param>
/// <param name="ByCoin">
/// The weight alone decided, so the request may be compared with the other arm's. One that came while the admission window let nobody in may not, on
/// either arm.
/// </param>
/// <param name="Client">Hash of the sticky key; 0 if nothing is known of the client.</param>
/// <param name="Counts">False for a client whose failure was counted a moment ago: its retries are no further evidence.</param>
/// <param name="Forced">A tester chose the arm: neither the verdict nor any count of users is about it.</param>
public readonly record struct Pick(Arm Arm, uint Sequence, Weight Weight, bool ByCoin, ulong Client = 0, bool Counts = true, bool Forced = false)
{
    /// <summary>Stable answers what the canary failed; not drawn, not judged, not measured.</summary>
    public bool IsReplay { get; init; }

    /// <summary>The canary was picked while its generation was open: the shield covers the request, also if the generation is closed
    /// before it ends.</summary>
    public bool OnTrial { get; init; }

    /// <summary>The same request is asked of both arms: stable answers the user, and the canary a copy.</summary>
    public bool IsPaired { get; init; }

    /// <summary>The canary's answer is measured and thrown away.</summary>
    public bool IsCopy => IsPaired && Arm == Arm.Canary;

    /// <summary>It tells something of its arm under users' requests.</summary>
    public bool IsEvidence => !IsReplay && !Forced;

    /// <summary>The canary's share at the pick, 0 to 1; a half where both arms are asked.</summary>
    public double Share => IsPaired ? 0.5 : Weight.BasisPoints / (double)Weight.Whole;

    /// <summary>No copy is made of it: it compares with nothing.</summary>
    public Pick Unpaired => this with { IsPaired = false, ByCoin = false };
}
