using System.Text.Json;

namespace Snapback.Journeys.Fleet;

/// <summary>
/// What every replica wrote on its own disk, read after the run: complete where looking at statuses now and then could miss a moment.
/// </summary>
internal sealed class Journals
{
    private readonly List<(string Replica, string Place, List<Line> Lines)> _journals = [];
    private readonly List<Line> _shared = [];

    /// <param name="replica">Its proxy has ended; the journal is read with <c>store export</c>, as an operator would.</param>
    public async Task ReadAsync(string replica, string directory, string archive)
    {
        var run = await Cli.RunAsync("store", "export", "--data", directory, "-o", archive);
        Assert.True(run.ExitCode == 0, run.Error + run.Output);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(archive));
        var rollout = json.RootElement.GetProperty("rollouts").EnumerateArray().Single();
        var status = rollout.GetProperty("status");
        var place = $"{status.GetProperty("generation")}.{status.GetProperty("revision")} {status.GetProperty("phase")} {status.GetProperty("weight")}";
        Add(replica, place, [.. rollout.GetProperty("history").EnumerateArray().Reverse().Select(Line.Of)]);
    }

    /// <param name="lines">Oldest first.</param>
    public void Add(string replica, string place, params List<Line> lines) => _journals.Add((replica, place, lines));

    /// <summary>The history that Redis has: a leader that stopped between its commit and its own disk has no line of it.</summary>
    public void AddShared(IEnumerable<Line> lines) => _shared.AddRange(lines);

    /// <summary>The rules that hold for the histories of a fleet; each broken one in a sentence.</summary>
    /// <param name="shown">Weights above 0 that any replica ever showed.</param>
    /// <param name="proof">Redis servers besides the master that must have had every raise.</param>
    public IReadOnlyList<string> Broken(IEnumerable<(long Generation, long Revision, decimal Weight)> shown, int proof = 0)
    {
        var broken = new List<string>();
        var all = _journals.SelectMany(journal => journal.Lines).ToList();
        if (_journals.Select(journal => journal.Place).Distinct().Count() != 1)
        {
            broken.Add($"the replicas do not agree: {string.Join("; ", _journals.Select(journal => $"{journal.Replica} has {journal.Place}"))}");
        }

        foreach (var (replica, _, lines) in _journals)
        {
            broken.AddRange(
                from later in lines.Index()
                where later.Item.Weight > 0 && lines.Take(later.Index).Any(line => line.IsRollback && line.Generation == later.Item.Generation)
                select $"{replica} wrote {later.Item} after it had rolled that generation back");
            broken.AddRange(
                from change in lines.GroupBy(line => (line.Generation, line.Revision, line.Kind))
                where change.Count() > 1
                select $"{replica} wrote {change.Key} {change.Count()} times");
        }

        broken.AddRange(
            from rollback in all.Where(line => line.IsRollback)
            from raise in all.Where(line => line.Weight > 0 && line.Generation > rollback.Generation && line.Version == rollback.Version)
            select $"{raise} gives traffic to a version that was rolled back in generation {rollback.Generation}");
        broken.AddRange(
            from commit in all.Where(line => line.Weight > 0).GroupBy(line => (line.Generation, line.Revision))
            where commit.Distinct().Count() > 1
            select $"{commit.Key} was committed twice: {string.Join(" and ", commit.Distinct())}");
        broken.AddRange(
            from raise in all.Where(line => line.Weight > 0 && line.Kind is "started" or "advanced" or "promoted")
            where (raise.ProvenOn ?? 0) < proof
            select $"{raise} counted although {raise.ProvenOn ?? 0} of {proof} other servers had it");
        broken.AddRange(
            from place in shown.Distinct()
            where !all.Concat(_shared).Any(line => (line.Generation, line.Revision, line.Weight) == place)
            select $"{place} was shown, and no replica committed it");
        return broken;
    }

    internal sealed record Line(long Generation, long Revision, string Kind, string? Version, decimal Weight, bool IsRollback, int? ProvenOn = null)
    {
        public static Line Of(JsonElement entry) => new(
            entry.GetProperty("generation").GetInt64(), entry.GetProperty("revision").GetInt64(), entry.GetProperty("kind").GetString()!,
            entry.GetProperty("version").GetString(), entry.GetProperty("weight").GetDecimal(), entry.GetProperty("kind").GetString() == "rolled-back",
            entry.TryGetProperty("provenOn", out var proven) && proven is { ValueKind: JsonValueKind.Number } servers ? servers.GetInt32() : null);
    }
}
