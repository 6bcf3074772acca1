namespace Snapback.Control.Plans;

/// <summary>The known word that was probably meant.</summary>
public static class Suggestion
{
    private const int LongestWord = 40;

    /// <summary>The nearest word, or null if none is near: at most a third of the letters may differ.</summary>
    public static string? For(string written, IEnumerable<string> known)
    {
        // No key of a plan is as long, and the distance takes time proportional to the product of the lengths.
        if (written.Length > LongestWord)
        {
            return null;
        }

        var nearest = known
            .Select(word => (Word: word, Distance: Distance(written, word)))
            .OrderBy(candidate => candidate.Distance)
            .FirstOrDefault();
        return nearest.Word is { } best && nearest.Distance <= Math.Max(1, best.Length / 3) ? best : null;
    }

    /// <summary>Letters to insert, delete, replace or swap with a neighbour, whatever their case.</summary>
    public static int Distance(string a, string b)
    {
        var (left, right) = (a.ToUpperInvariant(), b.ToUpperInvariant());
        var cost = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                cost[i, j] = (i, j) switch
                {
                    (_, 0) => i,
                    (0, _) => j,
                    _ => Math.Min(
                        Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1,
                        cost[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)),
                };
                // "weigth" is one slip of the fingers, not two.
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[left.Length, right.Length];
    }
}
