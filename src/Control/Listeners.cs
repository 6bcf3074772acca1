namespace Snapback.Control;

/// <summary>The places of one kind of stream that stays open: whoever comes when all are taken is told so, and costs nothing.</summary>
/// <param name="most">How many may listen at once.</param>
internal sealed class Listeners(int most)
{
    private int _open;

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _open) <= most)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _open);
}
