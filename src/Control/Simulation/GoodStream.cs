namespace Snapback.Control.Simulation;

/// <summary>
/// Good responses of one kind, counted only when it matters how many there were: between two bad ones a judge learns nothing from
/// each single one. As the requests arrive at random, their number in a stretch is Poisson whatever else happened in it.
/// </summary>
internal sealed class GoodStream(Dice dice, Action<int> count)
{
    // Far more than any evidence needs, and an int still holds it.
    private const double Most = 1e9;

    private double _perSecond;
    private double _since;

    public void Flow(double now, double perSecond)
    {
        Flush(now);
        _perSecond = perSecond;
    }

    public void Flush(double now)
    {
        var good = dice.Poisson(Math.Min(_perSecond * (now - _since), Most));
        _since = now;
        if (good > 0)
        {
            count(good);
        }
    }
}
