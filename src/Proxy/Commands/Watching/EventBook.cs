namespace Snapback.Proxy.Commands.Watching;

/// <summary>Remembers what has been read of each rollout's history, to find what is new. The event stream tells that something changed, and
/// the history what it was. A place is a generation and a revision.</summary>
internal sealed class EventBook(ClientCall call)
{
    /// <summary>How many rollouts' histories are read for the recent events: of those that changed last.</summary>
    private const int Widest = 100;

    /// <summary>How often a history is read that does not have the change yet; after that the change is told from the status alone.</summary>
    private const int Looks = 3;

    /// <summary>Before the first place of any rollout.</summary>
    private static readonly (long, long) Nowhere = (-1, -1);

    /// <summary>The place of a rollout that a replica has made while Redis was away. The fleet's own may replace it, which is no deletion.</summary>
    private static readonly (long, long) Seeded = (0, 0);

    private readonly Dictionary<string, (long, long)> _places = [];

    /// <summary>The place from which lines that were not read before are news; older ones are not, even if they show up late.</summary>
    private readonly Dictionary<string, (long, long)> _began = [];

    private readonly Dictionary<string, DateTimeOffset> _created = [];
    private readonly Dictionary<string, HashSet<string>> _read = [];
    private readonly HashSet<(string, long, long)> _toldWithout = [];
    private string? _trouble;

    /// <summary>The newest lines of these rollouts together, oldest first.</summary>
    public async Task<IReadOnlyList<Happening>> RecentAsync(IReadOnlyCollection<RolloutView> rollouts, int most)
    {
        foreach (var rollout in rollouts)
        {
            Note(rollout);
        }

        var all = new List<(DateTimeOffset? At, Happening Line)>();
        foreach (var rollout in rollouts.OrderByDescending(rollout => rollout.Since).Take(Widest))
        {
            _began[rollout.Name!] = Place(rollout);
            all.AddRange(Timed(Keep(rollout.Name!, await HistoryAsync(rollout.Name!))));
        }

        return [.. all.OrderBy(timed => timed.At).Select(timed => timed.Line).TakeLast(most)];
    }

    /// <summary>Oldest first, and none before the one that it came after: the clocks of the replicas that wrote them need not agree.</summary>
    private static IEnumerable<(DateTimeOffset? At, Happening Line)> Timed(IReadOnlyList<Happening> newestFirst)
    {
        DateTimeOffset? latest = null;
        foreach (var line in newestFirst.Reverse())
        {
            latest = latest > line.Line.At ? latest : line.Line.At;
            yield return (latest, line);
        }
    }

    /// <summary>True for another rollout of a known name: the known one was deleted in between, unseen.</summary>
    public bool WasMadeAnew(RolloutView now) =>
        now is { Name: { } name, Created: { } created } && _created.TryGetValue(name, out var known) && known != created && _places[name] != Seeded;

    /// <summary>What happened to a rollout since it was read last, oldest first.</summary>
    public async Task<IReadOnlyList<Happening>> NewsAsync(AdminAnswer source)
    {
        var now = source.As<RolloutView>();
        if (now.Name is not { } name || _places.GetValueOrDefault(name, Nowhere) is var known && known == Place(now))
        {
            return [];
        }

        if (!_read.ContainsKey(name))
        {
            _began[name] = known == Nowhere ? Nowhere : (known.Item1, known.Item2 + 1);
            Keep(name, []);
        }

        IReadOnlyList<Happening> lines = [];
        for (var look = 0; look < Looks && !lines.Any(line => line.Place == Place(now)); look++)
        {
            await Task.Delay(look * call.Host.LookEvery / Looks, call.Stop);
            lines = await TryHistoryAsync(name);
        }

        var (read, began) = (_read[name], _began.GetValueOrDefault(name, Nowhere));
        var isNew = lines.Where(line => !read.Contains(line.Key) && line.Place.CompareTo(began) >= 0);
        List<Happening> news = [.. isNew.Where(line => !_toldWithout.Contains((name, line.Line.Generation, line.Line.Revision))).Reverse()];
        if (!lines.Any(line => line.Place == Place(now)))
        {
            _toldWithout.Add((name, now.Generation, now.Revision));
            news.Add(Happening.Of(now, source));
        }

        Note(now);
        Keep(name, lines);
        return news;
    }

    public void Forget(string name)
    {
        _places.Remove(name);
        _created.Remove(name);
        _read.Remove(name);
        _began.Remove(name);
        _toldWithout.RemoveWhere(told => told.Item1 == name);
    }

    private void Note(RolloutView rollout)
    {
        _places[rollout.Name!] = Place(rollout);
        if (rollout.Created is { } created)
        {
            _created[rollout.Name!] = created;
        }
    }

    private static (long Generation, long Revision) Place(RolloutView rollout) => (rollout.Generation, rollout.Revision);

    /// <summary>Adds to what was read before, never replaces it: a replica without Redis shows only its own journal's lines, and later all
    /// lines again.</summary>
    private IReadOnlyList<Happening> Keep(string name, IReadOnlyList<Happening> lines)
    {
        if (!_read.TryGetValue(name, out var read))
        {
            _read[name] = read = [];
        }

        read.UnionWith(lines.Select(line => line.Key));
        return lines;
    }

    private async Task<IReadOnlyList<Happening>> HistoryAsync(string name) =>
        [.. (await call.Admin.HistoryAsync(name, call.Stop)).Each().Select(line => Happening.Of(name, line))];

    /// <summary>The history, newest first; empty while the store cannot be read, which is reported once.</summary>
    private async Task<IReadOnlyList<Happening>> TryHistoryAsync(string name)
    {
        try
        {
            return await HistoryAsync(name);
        }
        catch (AdminRefusedException e)
        {
            if (_trouble != e.Message)
            {
                _trouble = e.Message;
                await call.Error.WriteLineAsync($"{e.Message} What holds is shown without who did it.");
            }

            return [];
        }
    }
}
