using Snapback.Control.Rollouts;

namespace Snapback.Control.Tests.Sharing.Protocol;

/// <summary>A raise between its command and its answer.</summary>
/// <param name="Gone">Redis forgot it before it counted.</param>
/// <param name="Asked">Its author has been told what became of it, and it may still be on its way.</param>
internal sealed record Proposal(
    int By, RolloutStatus Basis, RolloutStatus Next, int Number, int Era, bool Replicated = false, bool Executed = false,
    bool Done = false, bool Expired = false, bool Gone = false, bool Asked = false)
{
    public Proposal Forgotten(bool wasThere) => this with { Gone = !Executed && !wasThere, Replicated = Replicated && wasThere };

    public override string ToString() =>
        $"{FleetModel.Show(Next)} by r{By + 1}{(Era == 0 ? "" : " of another era")}{(Replicated ? "+" : "")}"
        + $"{(Executed ? Done ? " done" : " refused" : "")}{(Expired ? " expired" : "")}{(Gone ? " gone" : "")}{(Asked ? " asked" : "")}";
}
